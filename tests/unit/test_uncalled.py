"""What `make coverage` says of a core that is not tested throughout."""

import pytest
from package import core
from uncalled import uncalled


def report(**functions):
    """A report of coverage in which `network` has these functions: (lines run, lines not)."""
    named = {
        name.replace("__", "."): {"executed_lines": run, "missing_lines": missing}
        for name, (run, missing) in functions.items()
    }
    files = {f"src/synthgrad/{module}.py": {"functions": {}} for module in core()}
    files["src/synthgrad/core/network/layers.py"]["functions"] = named
    files["src/synthgrad/figures/layers.py"] = {"functions": {}}
    return {"files": files}


def test_a_function_of_which_no_line_was_run_is_named():
    found = uncalled(report(Layer__forward=([], [5, 6]), Layer__update=([9], [10])))
    assert found == ["core/network/layers.Layer.forward"]


def test_private_functions_are_left_out():
    assert uncalled(report(_hidden=([], [5]), Layer___parts=([], [6]))) == []


def test_a_report_without_the_core_is_refused():
    with pytest.raises(KeyError):
        uncalled({"files": {}})
