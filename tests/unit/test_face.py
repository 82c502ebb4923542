"""`import synthgrad as sg`: what a notebook gets."""

import subprocess
import sys
from inspect import getdoc

import pytest

import synthgrad as sg


def test_every_public_name_is_there_and_documented():
    assert set(sg.__all__) <= set(dir(sg))
    for name in sg.__all__:
        assert getdoc(getattr(sg, name))
        assert f"`{name}`" in sg.__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'synthgrad' has no attribute 'learn'"):
        sg.learn  # noqa: B018


def test_importing_it_loads_nothing_until_it_is_used():
    code = (
        "import sys, synthgrad\n"
        "print(*{'numpy', 'pandas', 'matplotlib', 'synthgrad.core'} & set(sys.modules))\n"
        "synthgrad.Setup('backprop')\n"
        "print(*{'pandas', 'matplotlib', 'numba'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n\n"


def test_methods_are_those_that_a_setup_takes():
    assert len(sg.METHODS) == len(set(sg.METHODS)) == 5 + 15
    for method in sg.METHODS:
        assert set(sg.Setup(method).conditions) <= set(sg.CONDITIONS)


def test_tuning_leaves_a_setup_to_train():
    setup = sg.Setup("dni[label]", bits=3, hidden=(8,), examples=50, epochs=3)
    choice = sg.tune(setup, [7, 8], step_sizes=[1e-9, 0.5], generator_step_sizes=[0.01])
    assert sg.train(choice.applied_to(setup), [0]).step_size.tolist() == [0.5]


def test_a_table_or_figure_that_is_not_there_names_those_that_are():
    with pytest.raises(ValueError, match=r"name is 'outcome'; allowed are .*outcomes, "):
        sg.published("outcome")
    with pytest.raises(ValueError, match=r"figure is 'deep'; allowed are .*depth, "):
        sg.plot("deep")
