"""An edit reruns what it decides, and no more."""

import ast
import shutil
from pathlib import Path

import pytest
from package import PACKAGE

from synthgrad.workflow import reruns

FOLDERS = (
    "core",
    "search",
    "study",
    "statistics",
    "claims",
    "parallel",
    "reproduce",
    "figures",
    "report",
)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package that may be edited."""
    copy = shutil.copytree(PACKAGE, tmp_path / PACKAGE.name)
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
        ("core/network/methods.py", set(FOLDERS)),
        ("search/stages.py", set(FOLDERS) - {"core"}),
        ("study/experiments.py", set(FOLDERS) - {"core", "search"}),
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


def test_the_package_imports_itself_in_the_one_way_that_is_followed():
    nodes = [
        node for path in PACKAGE.rglob("*.py") for node in ast.walk(ast.parse(path.read_text()))
    ]
    assert not [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level]
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    assert not [name for name in plain if name.startswith(PACKAGE.name)]
