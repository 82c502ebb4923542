"""Pack the committed project with its descriptions: an archive in dist/, and SHA256SUMS."""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import synthgrad
from release import metadata
from synthgrad.reproduce import manifest

CRATE_PYTHON = ".venv-release/bin/python"
DIST = Path("dist")


def main():
    """Pack the last commit, described by what is in it."""
    DIST.mkdir(exist_ok=True)
    name = f"synthgrad-{synthgrad.__version__}"
    archive = DIST / f"{name}.tar.gz"
    with tempfile.TemporaryDirectory() as temporary:
        git_archive(f"{temporary}/committed.tar")
        folder = Path(temporary, name)
        folder.mkdir()
        subprocess.run(["tar", "-xf", f"{temporary}/committed.tar", "-C", folder], check=True)
        described = metadata.write(folder)
        subprocess.run([CRATE_PYTHON, "-m", "release.crate", folder], check=True)
        descriptions = [folder / name for name in (*described, "ro-crate-metadata.json")]
        # By git once more: two archives of a commit are the same bytes.
        git_archive(archive, f"--prefix={name}/", *(f"--add-file={path}" for path in descriptions))
        digest = manifest.read(folder / "published")["digests"]["all"]
    write_checksums(archive, digest)


def git_archive(path, *options):
    """Pack the last commit into a file."""
    subprocess.run(["git", "archive", *options, f"--output={path}", "HEAD"], check=True)


def write_checksums(archive, digest):
    """Write SHA256SUMS beside the archive, in the format of `sha256sum`, and print it."""
    checksum = hashlib.sha256(archive.read_bytes()).hexdigest()
    text = (
        f"# Digest of the values of all published training tables: {digest}\n"
        f"{checksum}  {archive.name}\n"
    )
    archive.with_name("SHA256SUMS").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
