"""What an edit of the package reruns: the jobs whose folder, or one that it imports, changes.

A rule takes a file with the digest of this code as an input. The file is written when the digest
changes, and only then: an edit reruns what it decides, even where Snakemake does not remember
what made the results, and an edit to a comment or a docstring reruns nothing.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def code_digest(folder, results):
    """Input function: the path of the digest of the code of a folder, such as ``claims``."""

    def path(wildcards):
        file, digest = Path(results, "code", f"{folder}.sha256"), digest_of(folder)
        if not file.exists() or file.read_text() != digest:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(digest)
        return str(file)

    return path


@cache
def digest_of(folder):
    """SHA-256 of the code of a folder and of all that it imports."""
    digests = [_digest_alone(name) for name in folders(folder)]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def folders(folder):
    """A folder of the package, those that its modules import, those that these import, ..."""
    found, new = set(), {folder}
    while new:
        found |= new
        new = {imported for name in new for imported in _imports(name)} - found
    return sorted(found)


@cache
def _imports(folder):
    return {name for module in _modules(folder) for name in imported_folders(module)}


@cache
def imported_folders(module):
    """The folders of the package from which a module, an `ast.Module`, imports."""
    nodes = [node for node in ast.walk(module) if isinstance(node, ast.ImportFrom)]
    names = [f"{node.module}.{alias.name}".split(".") for node in nodes for alias in node.names]
    return {
        folder
        for package, folder, *_ in names
        if package == PACKAGE.name and (PACKAGE / folder).is_dir()
    }


@cache
def _digest_alone(folder):
    dumps = [_dump(module) for module in _modules(folder)]
    return hashlib.sha256("\n".join(dumps).encode()).hexdigest()


@cache
def _dump(module):
    return ast.dump(module)


@cache
def _modules(folder):
    """The syntax trees of the modules of a folder, without what decides nothing."""
    paths = sorted((PACKAGE / folder).rglob("*.py"))
    return [_tree(path.read_text(encoding="utf-8")) for path in paths]


@cache
def _tree(text):
    return _WithoutText().visit(ast.parse(text))


class _WithoutText(ast.NodeTransformer):
    """Takes away texts that stand alone, as docstrings do; comments are not in the tree."""

    def visit_Expr(self, node):
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else node
