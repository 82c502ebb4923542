"""The package as its source has it, for tests of its form."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "synthgrad"


def syntax(path):
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def core():
    """Paths in the package of the modules of the numerical core, without their ending."""
    paths = (PACKAGE / "core").rglob("*.py")
    return [
        str(path.relative_to(PACKAGE).with_suffix(""))
        for path in sorted(paths)
        if path.stem != "__init__"
    ]


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
