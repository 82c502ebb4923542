"""The wheel, installed into an empty environment and used outside the repository."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from synthgrad import __version__, published

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow

ABOUT = """
import json
from importlib import metadata
from packaging.requirements import Requirement
import synthgrad

wanted = map(Requirement, metadata.requires("synthgrad"))
needed = [r for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})]
print(json.dumps({
    "path": synthgrad.__file__,
    "version": metadata.version("synthgrad"),
    "unmet": [str(r) for r in needed if metadata.version(r.name) not in r.specifier],
    "needed": [r.name for r in needed],
}))
"""


def run(*command, **options):
    """What a command prints, outside the repository and without its variables."""
    variables = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        list(map(str, command)),
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        **options,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder of an environment that has the wheel and, apart from it, the dependencies here."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder)
    run(sys.executable, "-m", "pip", *build, ROOT)
    (wheel,) = folder.glob("*.whl")
    assert wheel.name == f"synthgrad-{__version__}-py3-none-any.whl"
    run(sys.executable, "-m", "venv", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--no-deps", "--no-index", wheel)
    # A line in a .pth file is a folder to import from; what .pth files that folder has, such as
    # that of the repository's own package, is not read.
    packages = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(packages) / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder


def test_it_asks_for_what_it_needs(installed):
    about = json.loads(run(installed / "venv" / "bin" / "python", "-c", ABOUT, cwd=installed))
    assert Path(about["path"]).is_relative_to(installed)
    assert about["version"] == __version__
    assert {"numpy", "click", "snakemake"} <= set(about["needed"])
    assert "pytest" not in about["needed"]
    assert about["unmet"] == []


def test_the_command_trains_outside_the_repository(installed):
    command = installed / "venv" / "bin" / "synthgrad"
    small = ("--bits", 3, "--examples", 40, "--hidden", "6,5", "--epochs", 4, "--json")
    out = run(command, "train", "--method", "dni[output+label]", *small, cwd=installed)
    assert len(json.loads(out)["history"]["bit_accuracy"]) == 5
    assert run(command, "--version", cwd=installed) == f"synthgrad, version {__version__}\n"
    # Nothing is written where it is called.
    assert {path.name for path in installed.iterdir()} == {
        "venv",
        f"synthgrad-{__version__}-py3-none-any.whl",
    }


def test_it_is_a_library_with_the_published_results(installed):
    code = """
import synthgrad as sg
setup = sg.Setup("dni[output+label]", bits=4, epochs=2)
print(len(sg.train(setup, seeds=range(3)).to_frame()))
print(sg.published("claims").verdict.value_counts().sum(), len(sg.published("outcomes")))
print(len(sg.plot("depth").axes))
"""
    out = run(installed / "venv" / "bin" / "python", "-c", code, cwd=installed)
    claims, outcomes = (len(published(name)) for name in ("claims", "outcomes"))
    assert out.split("\n")[:2] == ["9", f"{claims} {outcomes}"]
    assert int(out.split("\n")[2]) >= 2


def test_published_runs_are_spot_checked_in_any_folder(installed, tmp_path):
    command = installed / "venv" / "bin" / "synthgrad"
    short = ("--minutes", 0.01, "--seed", 1, "--json")
    found = json.loads(run(command, "spotcheck", *short, cwd=tmp_path))
    assert found["checked"] == found["identical"] == len(found["rows"]) >= 1
    assert found["machine"]["git_commit"] is None
    assert (tmp_path / "results" / "receipt.json").exists()
    alike = run(command, "verify", ROOT / "published", cwd=tmp_path)
    assert "0 same distribution, 0 different" in alike
