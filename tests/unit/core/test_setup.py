from dataclasses import FrozenInstanceError, asdict, replace
from itertools import combinations

import pytest

from synthgrad.core.setup import (
    CONDITIONS,
    MAX_BITS,
    METHODS,
    SETTINGS,
    Setup,
    field_names,
    parse_conditions,
)

# A setting for each kind of thing that is allowed, and the mistakes that are made there.
WRONG = {
    "method": ["", "dni", "dni[]"],
    "bits": ["8", 8.0, True, 1, MAX_BITS + 1],
    "examples": [0, "al"],
    "hidden": [(), "128", 128, (4, 0), (4.0,)],
    "activation": ["", "ReLU", True],
    "bias": ["False", 0],
    "weight_scale": ["0.1", 10**400, True, float("nan"), float("inf"), -0.1],
    "last_step_factor": [0],
    "update_probability": [0, 1.5],
}

RIGHT = {
    "bits": [2, MAX_BITS],
    "examples": [10, "all"],
    "hidden": [(1,), (4, 3, 2, 1, 5)],
    "weight_scale": [0, 3],
    "weight_shift": [-1, 0.0],
    "last_step_factor": [5e-324, 1e300],
    "update_probability": [1, 1.0],
}

LEAST = {
    "heldout_examples": 0,
    "generator_hidden": 0,
    "generator_scale": 0,
    "epochs": 1,
    "done_after": 0,
    "batch_size": 1,
    "step_size": 0,
    "generator_step_size": 0,
}


def pairs(table):
    return [(name, value) for name, values in table.items() for value in values]


def refused(name, value):
    """The message with which a value is refused."""
    with pytest.raises(ValueError, match="allowed") as caught:
        Setup(**{name: value})
    message = str(caught.value)
    assert message.startswith(f"{name} is ")
    assert "; allowed is " in message or "; allowed are " in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize(("name", "value"), pairs(WRONG))
def test_a_wrong_value_is_refused_in_one_line_with_field_value_and_what_is_allowed(name, value):
    # Layer sizes are shown as a list, which is how a config writes them.
    shown = list(value) if isinstance(value, tuple) else value
    assert repr(shown) in refused(name, value)


def test_every_setting_is_checked():
    for name in SETTINGS:
        refused(name, None)


@pytest.mark.parametrize(("name", "value"), pairs(RIGHT))
def test_a_value_at_the_edge_of_what_is_allowed_is_taken_as_it_is(name, value):
    assert getattr(Setup(**{name: value}), name) == value


@pytest.mark.parametrize(("name", "least"), LEAST.items())
def test_the_least_is_allowed_and_less_is_not(name, least):
    assert getattr(Setup(**{name: least}), name) == least
    refused(name, least - 1)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("bits", "a whole number from 2 to 54"),
        ("examples", "a whole number at least 1 or all"),
        ("heldout_examples", "a whole number at least 0"),
        ("step_size", "a finite number of at least 0"),
        ("weight_shift", "a finite number"),
        ("step_direction", "descent or ascent"),
        ("bias_reduction", "sum or mean"),
        ("draws", "paired or published"),
        ("bias", "True or False"),
    ],
)
def test_the_message_says_what_is_allowed(name, allowed):
    with pytest.raises(ValueError, match=rf"^{name} is 'x'; allowed is {allowed}$"):
        Setup(**{name: "x"})


def test_digits_are_divided_into_three_parts_that_fit():
    setup = Setup(
        task="digits", examples=967, heldout_examples=400, hidden=(5,), loss="cross-entropy"
    )
    assert setup.sizes == (64, 5, 10)
    assert replace(setup, heldout_part="validation").heldout_part == "validation"
    with pytest.raises(ValueError, match=r"^examples is 968 and .* 1768 images .* at most 1767"):
        replace(setup, examples=968)
    with pytest.raises(ValueError, match=r"^examples is 'all' with task 'digits'; allowed"):
        replace(setup, examples="all")


def test_updates_are_left_to_chance_only_where_layers_are_decoupled():
    assert Setup(method="dni[label]", update_probability=0.05).update_probability == 0.05
    assert Setup(method="frozen", update_probability=0.05).update_probability == 0.05
    with pytest.raises(ValueError, match=r"^update_probability is 0.5 with method 'backprop'; "):
        Setup(method="backprop", update_probability=0.5)


def test_all_pairs_are_as_many_as_there_are():
    assert Setup(bits=4, examples="all").training_examples == 8 * 8
    assert Setup(bits=4, examples="all").batches == 6
    with pytest.raises(
        ValueError, match=r"^examples is 'all' with 11 bits; .* with up to 10 bits, all$"
    ):
        Setup(bits=11, examples="all")


def test_a_batch_cannot_be_larger_than_the_examples():
    assert Setup(examples=7, batch_size=7).batches == 1
    with pytest.raises(ValueError, match=r"^batch_size is 8; allowed is at most .* examples, 7$"):
        Setup(examples=7, batch_size=8)


@pytest.mark.parametrize("method", ["backprop", "frozen", "feedback-alignment"])
def test_the_last_layer_is_decoupled_only_by_a_generator(method):
    assert Setup(method="dni[label]", decouple_last=True).decouple_last
    with pytest.raises(
        ValueError, match=rf"^decouple_last is true with method '{method}'; allowed"
    ):
        Setup(method=method, decouple_last=True)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_every_subset_of_the_conditions_is_a_method(count):
    for subset in combinations(("input", "output", "label", "batchnorm"), count):
        method = "dni[" + "+".join(subset) + "]"
        assert parse_conditions(method) == subset
        assert Setup(method=method).conditions == subset


def test_the_methods_are_all_that_a_setup_takes():
    assert METHODS[:5] == ("backprop", "frozen", "feedback-alignment", "local-loss", "noise")
    assert METHODS[5:7] == ("dni[input]", "dni[output]")
    assert METHODS[-1] == "dni[input+output+label+batchnorm]"
    assert len(set(METHODS)) == len(METHODS) == 5 + 2**4 - 1
    assert [Setup(method).method for method in METHODS] == list(METHODS)


def test_methods_without_generators_have_no_conditions():
    for method in ("backprop", "frozen", "feedback-alignment"):
        assert parse_conditions(method) == ()


@pytest.mark.parametrize(
    "method",
    [
        "dni[label+output]",  # in another order
        "dni[batchnorm+input]",
        "dni[output+output]",  # twice
        "dni[input+output+input]",
        "dni[hidden]",  # unknown
        "dni[output+targets]",
        "dni[Output]",
        "dni[output+]",  # an empty one
        "dni[+output]",
        "dni[output++label]",
        "dni[output,label]",  # another separator
        "dni[output + label]",
        "dni[output-label]",
        "dni(output)",
        "dni-output",
        "DNI[output]",
        " dni[output]",
        "dni[output]\n",
        "dni[output]dni[label]",
        "output",
        "Backprop",
        "feedback_alignment",
    ],
)
def test_other_names_of_methods_are_refused(method):
    with pytest.raises(
        ValueError, match=r"^method is .*; allowed are .*dni\[CONDITIONS\]"
    ) as caught:
        parse_conditions(method)
    message = str(caught.value)
    assert repr(method) in message
    assert "\n" not in message
    for word in ("backprop", "frozen", "feedback-alignment", *CONDITIONS):
        assert word in message


def test_sizes_run_from_both_operands_to_their_sum():
    assert Setup(bits=12, hidden=(128, 64)).sizes == (24, 128, 64, 12)
    assert Setup(bits=3, hidden=(5,)).sizes == (6, 5, 3)


def test_a_ragged_tail_is_no_batch():
    assert Setup(examples=100, batch_size=10).batches == 10
    assert Setup(examples=109, batch_size=10).batches == 10
    assert Setup(examples=9, batch_size=9).batches == 1


def test_setups_are_values():
    setup = Setup(hidden=[8, 4])
    assert setup.hidden == (8, 4)
    assert setup == Setup(hidden=(8, 4))
    assert hash(setup) == hash(Setup(hidden=(8, 4)))
    assert list(asdict(setup)) == field_names()
    with pytest.raises(FrozenInstanceError):
        setup.bits = 4
    with pytest.raises(ValueError, match=r"^bits is 1;"):
        replace(setup, bits=1)


def test_a_setup_shows_what_differs_from_the_defaults():
    assert repr(Setup()) == "Setup()"
    assert repr(Setup("dni[output+label]", bits=4)) == "Setup('dni[output+label]', bits=4)"
    setup = Setup("frozen", hidden=[8], bias=True, step_size=0.25)
    assert repr(setup) == "Setup('frozen', hidden=(8,), bias=True, step_size=0.25)"
    assert eval(repr(setup)) == setup


def test_help_lists_every_setting_with_what_is_allowed_its_default_and_its_sentence():
    lines = Setup.__doc__.splitlines()
    for name, (default, allowed, help) in SETTINGS.items():
        shown = list(default) if isinstance(default, tuple) else default
        place = lines.index(f"    {name} : {allowed}, default {shown!r}")
        assert lines[place + 1] == f"        {help}"


def test_each_field_is_a_setting_with_its_default():
    assert {name: described.default for name, described in SETTINGS.items()} == asdict(Setup())
