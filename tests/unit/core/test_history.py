import numpy as np
import pytest

from synthgrad.core.training.history import recorded_epochs


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
