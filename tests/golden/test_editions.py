"""Golden values: what the tutorial's programs printed, replayed through the one engine.

The values were obtained by an independent implementation, and those of `dni-output` agree
with output that was saved in 2017. The `dni-*` ones hold to 1e-12. `vanilla-12bit` passes, around
its iteration 45, through a stage in which a difference in the last place grows to 3e-4 of the
error: it has one value for each arithmetic, and the engine's own is pinned.
"""

import numpy as np
import pytest

from synthgrad.core.training.loop import train
from synthgrad.core.tutorial import EDITIONS, printed_errors, replay

RTOL = 1e-12


@pytest.fixture(scope="module")
def printed():
    """The first 100 iterations of `dni-printed`, with all measures at the last one."""
    edition = EDITIONS["dni-printed"]
    return train(edition.setup, [1], record=[100], tallies=printed_errors(edition))


def test_vanilla_12bit_prints_the_engines_own_error():
    result = replay("vanilla-12bit")
    assert len(result["loss"]) == 100
    assert result["loss"][99] == 898.7334862793397
    # NumPy, with the products of OpenBLAS for AVX-512, gives this.
    assert result["loss"][99] == pytest.approx(898.5206509222734, rel=1e-3)
    assert result["synthetic_loss"] is None


def test_dni_output_prints_the_golden_errors():
    result = replay("dni-output")
    assert len(result["loss"]) == 1000
    assert result["loss"][999] == pytest.approx(380.14201566793, rel=RTOL, abs=0)
    assert result["synthetic_loss"][999] == pytest.approx(1694.1676440807908, rel=RTOL, abs=0)


@pytest.mark.parametrize(
    ("iteration", "golden"),
    [(0, 1481.2792669596447), (49, 197.7975414077631), (99, 150.13629731263939)],
)
def test_dni_printed_prints_the_golden_error(printed, iteration, golden):
    # Its weights grow by orders of magnitude, and rounding errors with them.
    errors = printed.measures["printed_error"][0, 1:]
    assert errors[iteration] == pytest.approx(golden, rel=RTOL, abs=0)


def test_dni_printed_blows_up_instead_of_learning(printed):
    # The printed error falls tenfold, since its factor f' vanishes in saturated units ...
    errors = printed.measures["printed_error"][0, 1:]
    assert errors[99] < errors[0] / 9
    # ... while the weights explode and the network guesses.
    assert printed.measures["largest_weight"][0, 100] > 1e14
    assert np.all(np.abs(printed.measures["bit_accuracy"][0, 50:] - 0.5) < 0.02)


def test_a_replay_has_one_entry_an_iteration_and_can_be_cut_short():
    whole, part = replay("vanilla-8bit", 7), replay("vanilla-8bit", 3)
    assert whole["iteration"] == [0, 1, 2, 3, 4, 5, 6]
    assert part["loss"] == whole["loss"][:3]
    assert part["bit_accuracy"] == whole["bit_accuracy"][:3]


def test_a_replay_depends_on_its_seed():
    first, again, other = (
        replay("dni-label", 2),
        replay("dni-label", 2, seed=1),
        replay("dni-label", 2, seed=2),
    )
    assert first == again
    assert first["loss"] != other["loss"]


def test_only_the_editions_without_published_code_are_marked_as_reconstructed():
    assert [name for name, edition in EDITIONS.items() if edition.reconstructed] == [
        "dni-label",
        "dni-output-label",
    ]


def test_a_replay_goes_on_after_the_network_has_blown_up():
    # All units saturate, so the printed error all but vanishes before anything overflows.
    result = replay("dni-printed", 600)
    losses = np.array(result["loss"])
    diverged = int(np.isnan(losses).argmax())
    assert losses[diverged - 1] < 1e-3 * losses[0]
    assert np.isnan(losses[diverged:]).all()
    assert len(losses) == len(result["bit_accuracy"]) == 600
    assert abs(result["bit_accuracy"][diverged - 2] - 0.5) < 0.02
