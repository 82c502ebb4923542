"""The package as its source has it, for tests of its form."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "synthgrad"


def syntax(path):
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def flow():
    """Stages of the flow that the package's docstring draws: lists of names of modules."""
    drawing = ast.get_docstring(syntax(PACKAGE / "__init__.py")).split("::\n\n")[1]
    drawing = drawing.split("\n\n")[0]
    return [[name.strip() for name in stage.split(",")] for stage in drawing.split("->")]


def core():
    """Names of the modules of the numerical core, the first stage of the flow."""
    return flow()[0]


def public_callables(tree):
    """Public functions, classes and methods of a module: pairs of a dotted name and a node."""
    found = []

    def walk(body, prefix):
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                found.append((prefix + node.name, node))
                if isinstance(node, ast.ClassDef):
                    walk(node.body, f"{prefix}{node.name}.")

    walk(tree.body, "")
    return found
