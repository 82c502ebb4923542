#!/bin/sh
# Debian for aarch64 in .venv-arm64, run by an emulator, with the package and what its core needs.
# Takes ten minutes the first time, as root on Debian or Ubuntu; `make portability` calls it.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD/.venv-arm64
python=$PWD/.venv/bin/python

rm -f "$root/installed"  # what is there is of an earlier state of the package

missing() {
    echo "aarch64 cannot be emulated here: $1" >&2
    exit 1
}
[ "$(uname -m)" = x86_64 ] || missing "this is no x86-64"
[ "$(id -u)" = 0 ] || missing "it takes root"
command -v apt-get >/dev/null || missing "it takes Debian or Ubuntu, with apt-get"

if ! command -v debootstrap >/dev/null || ! command -v qemu-aarch64-static >/dev/null; then
    echo "Installing the emulator ..."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        qemu-user-static binfmt-support debootstrap >/dev/null || missing "its packages cannot be installed"
fi
if [ ! -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ]; then
    mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc ||
        missing "the kernel runs no programs of other CPUs (binfmt_misc)"
    update-binfmts --enable qemu-aarch64
fi

if [ ! -e "$root/complete" ]; then
    echo "Installing Debian for aarch64 into $(basename "$root") (minutes) ..."
    rm -rf "$root"
    debootstrap --arch=arm64 --foreign --variant=minbase --include=python3,python3-venv bookworm "$root" >/dev/null
    chroot "$root" /debootstrap/debootstrap --second-stage >/dev/null
    chroot "$root" python3 -m venv /environment
    touch "$root/proc/cpuinfo" "$root/complete"
fi

echo "Installing the package there ..."
wheels=$root/wheels
rm -rf "$wheels"
versions=$("$python" -m pip freeze | grep -E '^(numpy|numba|llvmlite|scikit-learn|scipy|joblib|threadpoolctl|narwhals|cloudpickle)==')
# shellcheck disable=SC2086
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --dest "$wheels" --only-binary=:all: \
    --platform manylinux_2_28_aarch64 --platform manylinux_2_27_aarch64 --platform manylinux2014_aarch64 \
    --python-version "$(chroot "$root" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')" $versions
"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$wheels" .
chroot "$root" sh -c '/environment/bin/pip install --quiet --force-reinstall --no-index --no-deps /wheels/*.whl'
touch "$root/installed"
