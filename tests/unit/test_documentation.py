"""Public things are documented, those of the core and the statistics with the sections of numpydoc.

Examples in docstrings give what they say.
"""

import ast
import doctest
import importlib

import pytest
from package import PACKAGE, core, public_callables, syntax

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.stem != "__init__")

IN_SECTIONS = (*core(), "editions", "statistics")
"""Modules to calculate with, whose docstrings have sections."""

PUBLIC = [
    pytest.param(node, id=f"{path.relative_to(PACKAGE).with_suffix('')}.{name}")
    for path in MODULES
    for name, node in public_callables(syntax(path))
    if not name.endswith((".convert", ".shell_complete"))  # which Click documents
]

FUNCTIONS = [
    pytest.param(node, id=f"{module}.{name}")
    for module in IN_SECTIONS
    for name, node in public_callables(syntax(PACKAGE / f"{module}.py"))
    if isinstance(node, ast.FunctionDef)
]

WITH_EXAMPLES = [
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in MODULES
    if ">>> " in path.read_text(encoding="utf-8")
]


def sections(node):
    """The sections of a docstring: a dict of heading to the lines below it."""
    lines = (ast.get_docstring(node) or "").splitlines()
    found, heading = {}, None
    for line, below in zip(lines, [*lines[1:], ""]):
        if line and below == "-" * len(line):
            heading = line
            found[heading] = []
        elif heading is not None and line != "-" * len(heading):
            found[heading].append(line)
    return found


def documented(lines):
    """The names that a section documents: ``a, b : int`` has two."""
    entries = [line.split(" : ")[0] for line in lines if line and not line.startswith(" ")]
    return [name.strip() for entry in entries for name in entry.split(",")]


def parameters(function):
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    return [name for name in names + [a.arg for a in function.args.kwonlyargs] if name != "self"]


def own_nodes(function):
    """The nodes of a function without those of the functions in it."""
    todo = list(function.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            todo.extend(ast.iter_child_nodes(node))


@pytest.mark.parametrize("node", PUBLIC)
def test_every_public_thing_says_what_it_is(node):
    assert ast.get_docstring(node)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_parameter_is_documented_in_order(function):
    assert documented(sections(function).get("Parameters", [])) == parameters(function)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_returned_is_documented(function):
    is_property = any(ast.unparse(d) == "property" for d in function.decorator_list)
    returns = any(
        isinstance(node, ast.Return) and node.value is not None for node in own_nodes(function)
    )
    assert ("Returns" in sections(function)) == (returns and not is_property)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_errors_are_documented(function):
    raised = {
        node.exc.func.id
        for node in own_nodes(function)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
    }
    assert raised <= set(documented(sections(function).get("Raises", [])))


def test_classes_document_what_they_are_made_from():
    for name in ("network", "setups"):
        for _, node in public_callables(syntax(PACKAGE / f"{name}.py")):
            if isinstance(node, ast.ClassDef):
                made_from = next(
                    (parameters(f) for f in node.body if getattr(f, "name", "") == "__init__"),
                    [s.target.id for s in node.body if isinstance(s, ast.AnnAssign)],
                )
                assert set(documented(sections(node)["Parameters"])) == set(made_from)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_give_what_they_say(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted
    assert result.failed == 0


def test_the_core_has_examples():
    assert {f"synthgrad.{name}" for name in ("setups", "task", "kernels", "measures")} <= set(
        WITH_EXAMPLES
    )
