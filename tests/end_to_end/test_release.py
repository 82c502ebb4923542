"""What `make release` packs, taken out in an empty folder and used there."""

import hashlib
import json
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml
from package import ROOT
from temporary_study import link_environment, run

from synthgrad import __version__
from synthgrad.figures.listing import figures
from synthgrad.reproduce import manifest
from synthgrad.workflow import ranks

NAME = f"synthgrad-{__version__}"
TOOLS = ROOT / ".venv-release"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not (TOOLS / "installed").exists(), reason="make .venv-release/installed was not run"
    ),
]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone of what is committed, with the environments of these tests."""
    folder = tmp_path_factory.mktemp("clone") / "synthgrad"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    link_environment(folder)
    link_environment(folder, TOOLS.name, TOOLS)
    return folder


@pytest.fixture(scope="module")
def release(clone):
    """The archive."""
    made(clone, "release")
    return clone / "dist" / f"{NAME}.tar.gz"


@pytest.fixture(scope="module")
def unpacked(release, tmp_path_factory):
    """The folder that the archive holds, outside of any repository."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(release) as archive:
        archive.extractall(folder, filter="data")
    link_environment(folder / NAME)
    return folder / NAME


def made(folder, *targets):
    """Make targets in a folder."""
    done = run(folder, ["make", "TEX=no", *targets])
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def tool(name, folder, *options):
    """What a program of the environment for releases prints in a folder."""
    command = [TOOLS / "bin" / name, *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_two_releases_are_the_same_bytes(clone, release):
    before = release.read_bytes()
    release.unlink()
    made(clone, "release")
    assert release.read_bytes() == before
    comment, line = (clone / "dist" / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert line == f"{hashlib.sha256(before).hexdigest()}  {release.name}"
    assert comment.endswith(manifest.read(ROOT / "published")["digests"]["all"])
    subprocess.run(
        ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=release.parent, check=True
    )


def test_published_runs_are_trained_again_to_the_bit(unpacked):
    made(unpacked, "spotcheck", "MINUTES=0.05")
    receipt = json.loads((unpacked / "results" / "receipt.json").read_text(encoding="utf-8"))
    assert receipt["checked"] == receipt["identical"] >= 1
    assert receipt["machine"]["git_commit"] is None


def test_a_figure_is_drawn_again_to_the_byte(unpacked):
    """One of them, as test_published.py draws all; of each there is a rule, by a test below."""
    drawn = run(unpacked, ["snakemake", "results/published/figures/depth.pdf"])
    assert drawn.returncode == 0, drawn.stderr[-4000:]
    again, packed = unpacked / "results" / "published" / "figures", unpacked / "figures"
    for name in ("depth.pdf", "depth.png"):
        assert (again / name).read_bytes() == (packed / name).read_bytes()


def test_the_citation_is_valid_and_complete(unpacked):
    tool("cffconvert", unpacked, "--validate")
    for form in ("apalike", "bibtex"):
        text = tool("cffconvert", unpacked, "--format", form)
        assert "the synthgrad contributors" in text
        assert "synthgrad: a reproducibility and ablation study of synthetic gradients" in text
        assert "2026" in text


def test_archives_are_told_what_the_citation_says(unpacked):
    """By cffconvert, which makes the same descriptions with less in them."""
    for form, name in (("zenodo", ".zenodo.json"), ("codemeta", "codemeta.json")):
        ours = json.loads((unpacked / name).read_text(encoding="utf-8"))
        for field, value in json.loads(tool("cffconvert", unpacked, "--format", form)).items():
            if field != "author":  # cffconvert takes every author for a person
                assert ours[field] == value, field
        assert not {"doi", "identifier", "@id"} & set(ours)


def test_codemeta_has_terms_of_its_context_alone(unpacked):
    """That of CodeMeta 2.0 (its authors, Apache-2.0)."""
    context = json.loads(Path(__file__).with_name("codemeta-2.0.jsonld").read_text())["@context"]
    described = json.loads((unpacked / "codemeta.json").read_text(encoding="utf-8"))
    parts = [described, described["referencePublication"], *described["author"]]
    for part in parts:
        assert {key for key in part if not key.startswith("@")} <= set(context)
        assert part["@type"].partition(":")[0] in context


def test_a_codecheck_finds_each_file_and_a_rule_that_makes_it(unpacked):
    form = yaml.safe_load((unpacked / "codecheck.yml").read_text(encoding="utf-8"))
    files = [item["file"] for item in form["manifest"]]
    assert all((unpacked / file).stat().st_size for file in files)
    assert {f"figures/{name}.pdf" for name in figures()} <= set(files)
    commands = [item["comment"].split("`")[1] for item in form["manifest"]]
    if ranks.lacking():
        commands = [command for command in commands if ".venv/parallel" not in command]
    targets = [command.split()[-1] for command in commands if "snakemake" in command]
    assert len(targets) > len(figures())
    dry = run(unpacked, ["snakemake", "--dry-run", "--quiet", "all", "--", *targets])
    assert dry.returncode == 0, dry.stdout[-2000:] + dry.stderr[-2000:]


def test_the_research_object_is_read_by_its_library(unpacked):
    """All its files are there, and the run leads from inputs to tables and figures."""
    code = """
from rocrate.rocrate import ROCrate
crate = ROCrate(".")
[run] = crate.get_by_type("CreateAction")
print(crate.mainEntity.id, run["instrument"].id, len(run["object"]))
print(*(entity.id for entity in crate.data_entities))
print(*(entity.id for entity in run["result"]))
"""
    about, files, results = tool("python", unpacked, "-W", "error", "-c", code).splitlines()
    assert about == "workflow/Snakefile workflow/Snakefile 2"
    assert all((unpacked / file).is_file() for file in files.split())
    assert {"published/runs.parquet", "figures/overview.png", "paper/synthgrad.pdf"} <= set(
        results.split()
    )


def test_the_research_object_is_valid(unpacked):
    validate = Path(__file__).with_name("validate_crate.py")
    metadata = unpacked / "ro-crate-metadata.json"
    sound = json.loads(metadata.read_text(encoding="utf-8"))
    found = json.loads(tool("python", unpacked, validate, "."))
    assert found["problems"] == []
    assert found["checks"] > 50
    graph = [entity for entity in sound["@graph"] if entity["@id"] != "workflow/Snakefile"]
    metadata.write_text(json.dumps(sound | {"@graph": graph}), encoding="utf-8")
    assert json.loads(tool("python", unpacked, validate, "."))["problems"]
    metadata.write_text(json.dumps(sound), encoding="utf-8")
