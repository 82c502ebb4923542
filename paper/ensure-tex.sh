#!/bin/sh
# Make sure of the LaTeX that the paper needs: already there, installed with
# apt when that is allowed, or else a message with the exact command.
# The paper's inputs are built without TeX, so a missing one is not an error.
set -u

packages="texlive-latex-recommended texlive-latex-extra lmodern latexmk"
# One file from each part of TeX Live that the paper loads.
needed="extarticle.cls fontenc.sty inputenc.sty textcomp.sty lmodern.sty microtype.sty amsmath.sty geometry.sty xcolor.sty graphicx.sty array.sty booktabs.sty caption.sty subcaption.sty enumitem.sty titlesec.sty fancyhdr.sty tikz.sty natbib.sty hyperref.sty bookmark.sty cleveref.sty"

# Without the user's own TeX files, as the paper is typeset.
tex_is_complete() {
    command -v latexmk >/dev/null && command -v pdflatex >/dev/null &&
        env -i PATH="$PATH" HOME=/nonexistent kpsewhich $needed >/dev/null 2>&1
}

# On a terminal somebody can be asked.
may_install() {
    [ -t 0 ] && [ -t 2 ] || return 0
    printf "LaTeX is missing. Install it with apt-get (about 350 MB)? [Y/n] " >&2
    read -r answer || return 1
    case $answer in [Nn]*) return 1 ;; esac
}

tex_is_complete && exit 0

apt_install="apt-get install -y --no-install-recommends $packages"
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] && may_install; then
    echo "Installing LaTeX with apt-get (about 350 MB, a minute or two; make TEX=no goes on without it) ..."
    log=$(mktemp)
    if { apt-get update && DEBIAN_FRONTEND=noninteractive $apt_install; } >"$log" 2>&1 && tex_is_complete; then
        rm -f "$log"
        exit 0
    fi
    tail -n 5 "$log" >&2
    echo "LaTeX could not be installed; the whole log is in $log." >&2
fi

if command -v apt-get >/dev/null; then
    advice="sudo apt-get update && sudo $apt_install"
elif command -v dnf >/dev/null; then
    advice="sudo dnf install -y texlive-scheme-medium texlive-collection-latexextra latexmk"
elif command -v pacman >/dev/null; then
    advice="sudo pacman -S --needed texlive-latexextra texlive-binextra texlive-fontsrecommended"
elif command -v zypper >/dev/null; then
    advice="sudo zypper install -y texlive-scheme-medium texlive-latexmk"
elif command -v brew >/dev/null; then
    advice="brew install --cask mactex-no-gui"
else
    advice="install TeX Live with latexmk from your system's packages"
fi
cat >&2 <<MESSAGE
LaTeX is missing, so the paper cannot be typeset; everything else will be built.
To have the PDF, run this and then the same make command again:
    $advice
MESSAGE
exit 0
