"""The package as its source has it, for tests of its form."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "synthgrad"


def core():
    """Paths in the package of the modules of the core that Python runs, without their ending.

    Of kernels/engine that is the one that loads the machine code which the others become.
    """
    paths = [path.relative_to(PACKAGE) for path in sorted((PACKAGE / "core").rglob("*.py"))]
    return [
        str(path.with_suffix(""))
        for path in paths
        if path.stem != "__init__" and (path.parent.name != "engine" or path.stem == "library")
    ]
