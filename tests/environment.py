"""environment.yml as it should be: the direct dependencies at their locked versions.

``python tests/environment.py > environment.yml`` renews the file; a test
compares it.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent

HEADER = """\
# The environment for conda or mamba, with the versions of requirements.lock:
#   conda env create --file environment.yml && conda activate synthgrad
#   pip install --no-deps --no-build-isolation --editable .
# Made from pyproject.toml and requirements.lock by `make lock`.
name: synthgrad
channels:
  - conda-forge
  - bioconda
dependencies:
  - python=3.11
  - pip
"""


def direct_dependencies():
    """Names of what pyproject.toml asks for, digits, tests and tools included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + extras["digits"] + extras["test"] + extras["dev"]
    return [re.match(r"[A-Za-z0-9_.-]+", line)[0] for line in wanted]


def locked_versions():
    """Version of each locked package, as chosen for Python 3.11."""
    versions = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        match = re.match(r"([a-z0-9_.-]+)==([^ ;]+)", line)
        # Where a package is locked per Python version, the oldest Python comes first.
        if match:
            versions.setdefault(match[1], match[2])
    return versions


def expected():
    """The whole text of environment.yml."""
    locked = locked_versions()
    specs = [f"  - {name}={locked[name]}\n" for name in direct_dependencies()]
    return HEADER + "".join(specs)


if __name__ == "__main__":
    print(expected(), end="")
