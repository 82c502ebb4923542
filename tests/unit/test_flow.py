"""Data flows one way: the package's docstring draws the flow, and the imports keep to it."""

import ast
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from types import SimpleNamespace

import pytest
from package import PACKAGE, core, flow, syntax

from synthgrad import catalogue, wiring

WORKFLOW = Path(__file__).parents[2] / "workflow"

ORDER = [name for stage in flow() for name in stage]

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")

BESIDE_NUMPY = {"task": {"sklearn"}}
"""What else a module of the core may import: scikit-learn has the images of digits, and only the
task of that name asks for it."""


def dotted(path):
    """The name of a module inside the package: ``records``, ``figures.style``."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def imports(path):
    """Dotted names that a file imports, wherever in it: ``numpy``, ``synthgrad.records``."""
    within = path.relative_to(PACKAGE).parent.parts if path.is_relative_to(PACKAGE) else ()
    package = ["synthgrad", *within]
    found = set()
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = {f"{module}.{alias.name}" for alias in node.names}
            # What is imported is a module of the package or something out of one.
            found |= {name if is_module(name) else module for name in names}
    return found


def is_module(name):
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def own_imports(path):
    """The modules of the package that a file imports, named inside the package."""
    return {
        name.removeprefix("synthgrad.") for name in imports(path) if name.startswith("synthgrad.")
    }


def test_every_module_has_one_place_in_the_flow():
    assert len(ORDER) == len(set(ORDER))
    assert set(ORDER) == {dotted(path).split(".")[0] for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_no_module_imports_one_that_comes_after_it(path):
    own = ORDER.index(dotted(path).split(".")[0])
    against = {
        name
        for name in own_imports(path)
        if (place := ORDER.index(name.split(".")[0])) > own
        or (place == own and not name.startswith("figures"))
    }
    assert not against, f"{dotted(path)} imports {', '.join(sorted(against))}"


def test_figures_do_not_import_one_another_in_circles():
    graph = {dotted(path): own_imports(path) for path in MODULES}
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("name", core())
def test_the_core_needs_numpy_alone(name):
    others = {
        module.split(".")[0]
        for module in imports(PACKAGE / f"{name}.py")
        if not module.startswith("synthgrad")
    }
    assert others - set(sys.stdlib_module_names) <= {"numpy"} | BESIDE_NUMPY.get(name, set())


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_the_package_does_without_snakemake(path):
    assert not [name for name in imports(path) if name.split(".")[0] == "snakemake"]


def test_an_import_inside_a_function_is_seen():
    module = PACKAGE / "cli.py"
    # The command imports most modules only where a subcommand needs them.
    assert {"setups", "editions", "training", "records", "verify", "show"} <= own_imports(module)
    assert "numpy" in imports(module)


PLUMBING = {"arrays", "config", "jobs", "memory", "records", "study", "wiring"}
"""Modules that a stage may import and not name: what they hand on to it is in its inputs and
parameters, or they only refuse. Where they matter beyond that, the stage names them."""


def unnamed(named, files=()):
    """What named modules and further files import from the package and is not named, too. An edit
    to the core trains anew, and so runs all again that comes after."""
    upstream = set() if "training" in named else set(catalogue.CORE)
    paths = [PACKAGE / f"{name}.py" for name in set(named) - PLUMBING]
    found = set().union(*(own_imports(path) for path in [*paths, *files]))
    return found - {name.replace("/", ".") for name in named} - PLUMBING - upstream


def scripts(stage):
    """The scripts of the rules whose output the modules of a stage decide."""
    found = set()
    for path in WORKFLOW.glob("rules/*.smk"):
        for rule in re.split(r"\n(?:use )?rule ", path.read_text())[1:]:
            if f'wiring.sources("{stage}")' in rule:
                found |= set(re.findall(r"scripts/\w+\.py", rule))
    return [WORKFLOW / name for name in found]


@pytest.mark.parametrize("stage", catalogue.STAGES)
def test_an_edit_to_whatever_a_stage_imports_runs_it_again(stage):
    assert scripts(stage)
    assert not unnamed(catalogue.STAGES[stage], scripts(stage))


@pytest.mark.parametrize("figure", catalogue.FIGURES)
def test_an_edit_to_whatever_a_figure_imports_draws_it_again(figure):
    paths = map(Path, wiring.figure_sources(SimpleNamespace(figure=figure)))
    named = ["/".join(path.relative_to(PACKAGE).with_suffix("").parts) for path in paths]
    assert not unnamed(named)


def test_an_import_that_a_stage_does_not_name_is_seen():
    assert unnamed(["ledger"]) == {"claims"}
    assert unnamed(["claims", "ledger"]) == {"analysis", "selection", "statistics"}
    assert unnamed(["training", "methods"]) >= {"network", "task"}
