"""Where two runs part first."""

import numpy as np
import pandas as pd

from synthgrad.reproduce.parting import parting


def test_the_first_epoch_that_differs_is_named_whichever_table_has_it():
    """The curves have every epoch, the runs some, the outcomes none."""
    runs = pd.DataFrame({"seed": [3, 3, 3], "epoch": [0, 1, 10], "mse": [0.3, 0.2, 0.1]})
    epochs = np.arange(1, 11)
    curves = pd.DataFrame({"seed": 3, "epoch": epochs, "right_bits": 10 + epochs})
    outcomes = pd.DataFrame({"seed": [3], "mse": [0.1]})
    published = {"runs": runs, "outcomes": outcomes, "curves": curves}

    def named(*changed):
        """The epoch and measure at which a run parts that differs in these rows."""
        own = {kind: frame.copy() for kind, frame in published.items()}
        for kind, measure, row in changed:
            own[kind].loc[row, measure] += 1
        found = parting(own, published)
        return found.epoch, found.measure

    at_the_end, late, early = (
        ("outcomes", "mse", 0),
        ("runs", "mse", 2),
        ("curves", "right_bits", 4),
    )
    assert named(at_the_end, late, early) == (5, "right_bits")
    assert named(at_the_end, late) == (10, "mse")
    assert named(at_the_end) == (None, "mse")
    assert named(early, ("runs", "mse", 1)) == (1, "mse")
    assert parting(published, published) is None


def test_of_two_seeds_that_part_at_one_epoch_the_first_is_named():
    runs = pd.DataFrame({"seed": [3, 4], "epoch": [1, 1], "mse": [0.3, 0.2]})
    curves = pd.DataFrame({"seed": [3, 4], "epoch": [1, 1], "right_bits": [5, 6]})
    own = {"runs": runs.assign(mse=[0.3, 0.1]), "curves": curves.assign(right_bits=[4, 6])}
    found = parting(own, {"runs": runs, "curves": curves})
    assert (found.seed, found.measure) == (3, "right_bits")
