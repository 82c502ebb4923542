"""Golden values: what the tutorial's programs printed, replayed through the one engine.

The values were obtained by an independent implementation, and those of `dni-output` agree
with output that was saved in 2017. They hold to the last digit where the same kernels run: a
matrix product or an exponential may round differently elsewhere. How much of that shows depends
on the program. The `dni-*` ones hold to 1e-9 on any machine. `vanilla-12bit` passes, around its
iteration 45, through a stage in which a difference in the last bit grows to 3e-4 of the error.
"""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from synthgrad.core.training.loop import train
from synthgrad.core.tutorial import EDITIONS, printed_errors, replay

RTOL = 1e-9


def runs_the_kernels_of_the_golden_values():
    """Whether NumPy really dispatches to AVX-512, for matrix products and for `exp`.

    Asks what is in use, not what the CPU could do: OPENBLAS_CORETYPE and
    NPY_DISABLE_CPU_FEATURES change the kernels on the same machine.
    """
    blas = [library for library in threadpool_info() if library["user_api"] == "blas"]
    products = {library.get("architecture") for library in blas}
    exp = np.lib.introspect.opt_func_info(func_name="^exp$", signature="float64")
    exp_target = exp.get("exp", {}).get("dd", {}).get("current")
    # NumPy 2.4 renamed AVX512_SKX to X86_V4.
    return products == {"SkylakeX"} and exp_target in ("X86_V4", "AVX512_SKX")


def assert_golden(value, golden, elsewhere=RTOL):
    """Equal on the machine kind of the golden values, within `elsewhere` on others."""
    if runs_the_kernels_of_the_golden_values():
        assert value == golden
    else:
        assert value == pytest.approx(golden, rel=elsewhere, abs=0)


@pytest.fixture(autouse=True)
def single_blas_thread():
    # More than one thread may add up a product in another order.
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def printed():
    """The first 100 iterations of `dni-printed`, with all measures at the last one."""
    with threadpool_limits(1):
        edition = EDITIONS["dni-printed"]
        return train(edition.setup, [1], record=[100], tallies=printed_errors(edition))


def test_vanilla_12bit_prints_the_golden_error():
    result = replay("vanilla-12bit")
    assert len(result["loss"]) == 100
    assert_golden(result["loss"][99], 898.5206509222734, elsewhere=1e-3)
    assert result["synthetic_loss"] is None


def test_dni_output_prints_the_golden_errors():
    result = replay("dni-output")
    assert len(result["loss"]) == 1000
    assert_golden(result["loss"][999], 380.14201566793)
    assert_golden(result["synthetic_loss"][999], 1694.1676440807908)


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
