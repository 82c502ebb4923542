import numpy as np
import pytest

from synthgrad.core.setup import Setup
from synthgrad.core.training.history import recorded_epochs
from synthgrad.core.training.loop import train

SETUP = Setup(
    "dni[label]", bits=3, examples=30, heldout_examples=4, hidden=(6,), epochs=4, step_size=0.5
)


@pytest.mark.parametrize("epochs", [1, 2, 7, 100, 300])
@pytest.mark.parametrize("count", [1, 2, 3, 10, 50])
def test_recorded_epochs_run_from_the_untrained_network_to_the_last(epochs, count):
    recorded = recorded_epochs(epochs, count)
    assert recorded[0] == 0
    assert recorded[-1] == epochs
    assert np.all(np.diff(recorded) > 0)
    assert recorded.dtype.kind == "i"
    assert len(recorded) <= max(count, 3)


def test_recorded_epochs_are_evenly_spaced_in_their_logarithm():
    assert recorded_epochs(100, 4).tolist() == [0, 1, 10, 100]
    assert recorded_epochs(8, 5).tolist() == [0, 1, 2, 4, 8]
    # Where they are dense, rounding lets some fall together.
    assert recorded_epochs(3, 50).tolist() == [0, 1, 2, 3]


def test_a_frame_has_a_row_a_seed_and_epoch_and_a_column_a_measure():
    history = train(SETUP, [7, 5], step_size=[0.5, 1.0], record=[0, 4])
    frame = history.to_frame()
    labels = ["seed", "epoch", "step_size", "generator_step_size", "chance"]
    labels += ["diverged_at", "done_at"]
    assert list(frame) == [*labels, *history.measures]
    assert frame["seed"].tolist() == [7] * 5 + [5] * 5
    assert frame["epoch"].tolist() == [0, 1, 2, 3, 4] * 2
    assert frame.groupby("seed")["step_size"].unique().to_dict() == {5: [1.0], 7: [0.5]}
    for name, values in history.measures.items():
        assert np.array_equal(frame[name].to_numpy().reshape(2, 5), values, equal_nan=True)
    assert frame.loc[frame["epoch"] == 2, "mse"].isna().all()


def test_columns_say_where_all_measures_were_taken():
    columns = train(SETUP, [7, 5], record=[0, 2]).columns()
    assert columns["recorded"].tolist() == [True, False, True, False, False] * 2


@pytest.mark.parametrize("seeds", [1, 3, 30])
def test_a_history_shows_what_was_trained_and_where_it_ended(seeds):
    history = train(SETUP, range(seeds), record=[])
    shown = repr(history)
    assert shown.startswith(f"History(dni[label], {seeds} seed{'s' * (seeds > 1)}, 4 epochs, ")
    assert f"{history.measures['bit_accuracy'][0, -1]:.3f}".rstrip("0") in shown
    assert len(shown) < 120
    assert "\n" not in shown


def test_a_history_knows_its_setup():
    assert train(SETUP, [0]).setup is SETUP
