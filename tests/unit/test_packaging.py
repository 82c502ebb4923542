import json
import re
import tomllib
from pathlib import Path

import environment
import jsonschema
import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def test_environment_has_the_locked_versions():
    assert (ROOT / "environment.yml").read_text() == environment.expected()
    specs = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert all(re.fullmatch(r"[a-z0-9_-]+(=[0-9.]+)?", spec) for spec in specs)


def test_every_direct_dependency_is_locked_with_hashes():
    lock = (ROOT / "requirements.lock").read_text()
    assert set(environment.direct_dependencies()) <= set(environment.locked_versions())
    packages = re.findall(r"^[a-z0-9_.-]+==", lock, flags=re.M)
    assert len(re.findall(r"^[a-z0-9_.-]+==[^\n]*\\\n    --hash=sha256:", lock, flags=re.M)) == len(
        packages
    )


def test_lock_has_no_addresses():
    assert "://" not in (ROOT / "requirements.lock").read_text()


@pytest.mark.parametrize("extra", ["bench", "docs", "explore", "parallel", "release", "slurm"])
def test_make_installs_the_extras_that_are_not_locked(extra):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = re.search(rf"^{extra.upper()} := (.*)$", (ROOT / "Makefile").read_text(), flags=re.M)
    wanted = map(Requirement, project["optional-dependencies"][extra])
    for pin, requirement in zip(pins[1].split(), wanted, strict=True):
        pinned = Requirement(pin)
        assert (pinned.name, pinned.extras) == (requirement.name, requirement.extras)
        assert str(pinned.specifier).removeprefix("==") in requirement.specifier


def test_types_are_checked_in_the_whole_core():
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    assert mypy["strict"]
    assert mypy["files"] == ["src/synthgrad/core"]


def test_hooks_before_a_commit_are_tools_of_the_environment():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"]
    locked = environment.locked_versions()
    for hook in hooks[0]["hooks"]:
        tool = Path(hook["entry"].split()[0])
        assert tool.parent == Path(".venv/bin")
        assert tool.name == "python" or tool.name in locked


def test_every_rule_declares_its_memory():
    for path in (ROOT / "workflow" / "rules").glob("*.smk"):
        for rule in re.split(r"^rule ", path.read_text(), flags=re.M)[1:]:
            name, text = rule.split(":", 1)
            assert "localrule: True" in text or "mem_mb=" in text, name


def test_version_is_the_same_everywhere():
    from synthgrad import __version__

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == __version__
    assert f"version = {{{__version__}}}" in (ROOT / "README.md").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["dynamic"] == ["version"]


def test_the_citation_has_what_the_readme_shows():
    citation = yaml.load((ROOT / "CITATION.cff").read_text(), yaml.BaseLoader)
    shown = re.search(r"```bibtex\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.S)[1]
    entry = dict(re.findall(r"(\w+) += \{+(.*?)\}+,", shown))
    assert entry == {
        "author": citation["authors"][0]["name"],
        "title": citation["title"],
        "version": citation["version"],
        "year": citation["date-released"][:4],
    }
    released = f"## {citation['version']} - {citation['date-released']}\n"
    assert released in (ROOT / "CHANGELOG.md").read_text()


def test_make_lists_a_line_for_each_target():
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.M)[1].split()
    explained = re.findall(r"^([a-z-]+):.*## \w", makefile, flags=re.M)
    assert sorted(explained) == sorted(set(phony) - {"tex"})


def test_the_citation_file_is_valid():
    """By the schema of the Citation File Format 1.2.0 (its authors, CC-BY-4.0)."""
    schema = json.loads(Path(__file__).with_name("citation-file-format-1.2.0.json").read_text())
    citation = yaml.load((ROOT / "CITATION.cff").read_text(), yaml.BaseLoader)
    jsonschema.Draft7Validator(schema).validate(citation)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate(citation | {"authors": []})
