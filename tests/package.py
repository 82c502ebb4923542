"""The package as its source has it, for tests of its form."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "synthgrad"


COMPILED = ("compiling", "elementwise", "exponential", "interpreter", "llvm", "tiles")
"""Modules whose functions run as machine code, of which coverage sees no line."""


def core():
    """Paths in the package of the modules of the core that Python runs, without their ending."""
    paths = sorted((PACKAGE / "core").rglob("*.py"))
    return [
        str(path.relative_to(PACKAGE).with_suffix(""))
        for path in paths
        if path.stem not in ("__init__", *COMPILED)
    ]
