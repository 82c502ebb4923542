"""An edit reruns what it decides, and no more."""

import ast
import re
import shutil
from pathlib import Path

import pytest
from package import PACKAGE, ROOT

from synthgrad.workflow import reruns

CONNECTING = {"workflow", "cli"}
"""Folders that decide no result."""

FOLDERS = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - CONNECTING

RULES = ROOT / "workflow" / "rules"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package that may be edited."""
    copy = shutil.copytree(
        PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__")
    )
    monkeypatch.setattr(reruns, "PACKAGE", copy)
    forget()
    yield copy
    forget()


def forget():
    for function in (reruns.digest_of, reruns._imports, reruns._digest_alone, reruns._modules):
        function.cache_clear()


def digests():
    forget()
    return {folder: reruns.digest_of(folder) for folder in FOLDERS}


def changed_by(path, edit):
    """The folders whose digest is another after an edit, a function from text to text."""
    before, text = digests(), path.read_text(encoding="utf-8")
    path.write_text(edit(text), encoding="utf-8")
    after = digests()
    return {folder for folder in FOLDERS if before[folder] != after[folder]}


@pytest.mark.parametrize(
    ("module", "rerun"),
    [
        ("core/network/methods.py", FOLDERS),
        ("search/stages.py", FOLDERS - {"core"}),
        ("study/experiments.py", FOLDERS - {"core", "search"}),
        ("claims/judge.py", {"claims", "reproduce", "figures", "report"}),
        ("parallel/timing.py", {"parallel"}),
        ("figures/style.py", {"figures", "report"}),
        ("figures/gallery/depth.py", {"figures", "report"}),
        ("report/html.py", {"report"}),
        ("workflow/running.py", set()),
        ("cli/main.py", set()),
    ],
)
def test_an_edit_changes_its_folder_and_those_that_import_from_it(package, module, rerun):
    assert changed_by(package / module, lambda text: text + "\nEDITED = True\n") == rerun


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text,
        lambda text: text + "\n# edited\n",
        lambda text: text.replace('"""', '"""Edited. ', 1),
        lambda text: text.replace("\n\n\n", "\n\n\n\n"),
    ],
)
def test_an_edit_to_a_comment_or_a_docstring_changes_nothing(package, edit):
    assert changed_by(package / "core" / "network" / "layers.py", edit) == set()


def test_a_text_that_is_a_value_counts(package):
    depth = package / "figures" / "gallery" / "depth.py"
    rerun = changed_by(depth, lambda text: text.replace("What depth does", "What depth costs"))
    assert rerun == {"figures", "report"}


def test_a_new_module_counts(package):
    before = digests()
    (package / "claims" / "new.py").write_text("NEW = True\n")
    assert digests()["claims"] != before["claims"]


def test_the_digest_is_written_when_the_code_changes_and_only_then(package, tmp_path):
    code = reruns.code_digest("claims", tmp_path / "results")
    path = Path(code(None))
    written = path.stat().st_mtime_ns
    assert path.read_text() == reruns.digest_of("claims")
    assert Path(code(None)).stat().st_mtime_ns == written
    changed_by(package / "claims" / "judge.py", lambda text: text + "\nEDITED = True\n")
    assert Path(code(None)).stat().st_mtime_ns > written
    assert path.read_text() == reruns.digest_of("claims")


def test_a_folder_that_is_imported_whole_is_followed(package):
    path = package / "statistics" / "paired.py"
    assert "statistics" not in reruns.folders("core")
    layers = package / "core" / "network" / "layers.py"
    layers.write_text(layers.read_text() + "\nfrom synthgrad import statistics\n")
    forget()
    assert "core" in changed_by(path, lambda text: text + "\nEDITED = True\n")


def test_the_package_imports_itself_in_the_ways_that_are_followed():
    modules = [ast.parse(path.read_text()) for path in PACKAGE.rglob("*/*.py")]
    nodes = [node for module in modules for node in ast.walk(module)]
    from_imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    assert not [node for node in from_imports if node.level]
    # What the face of the package brings along cannot be told from the name of one thing.
    whole = {
        alias.name for node in from_imports if node.module == "synthgrad" for alias in node.names
    }
    assert whole <= FOLDERS | CONNECTING | {"__version__"}
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    assert not [name for name in plain if name.startswith(PACKAGE.name)]


def scripts_and_digests():
    """Of each rule with a script and a digest of code: its name, the script, and whose digest."""
    scripts = {}
    for path in sorted(RULES.glob("*.smk")):
        for text in re.split(r"^(?=(?:use )?rule \w+)", path.read_text(), flags=re.M)[1:]:
            base, name = re.match(r"(?:use rule (\w+) as |rule )(\w+)", text).groups()
            script = re.search(r'"\.\./scripts/(\w+\.py)"', text)
            scripts[name] = script[1] if script else scripts.get(base)
            digest = re.search(r'code_digest\("(\w+)"', text)
            if scripts[name] and digest:
                yield name, scripts[name], digest[1]


INPUTS = {"search": {"study"}}
"""Folders of which a rule takes only what is an input by itself: a search its parameters, and the
way in which tables are read and written."""

RERUN = [pytest.param(*rule, id=rule[0]) for rule in scripts_and_digests()]


def test_rules_are_found():
    assert {"train", "tables", "published_figure", "typeset_published"} <= {
        rule.id for rule in RERUN
    }


@pytest.mark.parametrize(("rule", "script", "folder"), RERUN)
def test_the_digest_of_a_rule_is_of_all_that_its_script_imports(rule, script, folder):
    module = ast.parse((RULES.parent / "scripts" / script).read_text())
    imported = reruns.imported_folders(module) - CONNECTING - INPUTS.get(rule, set())
    assert imported
    assert {each for name in imported for each in reruns.folders(name)} <= set(
        reruns.folders(folder)
    )
