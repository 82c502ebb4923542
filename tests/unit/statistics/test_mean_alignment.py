"""Alignment over training, of arms whose generators learn."""

import numpy as np
import pandas as pd

from synthgrad.statistics.mean_alignment import aligned
from synthgrad.study.tuning import ABOVE_0

LABELS = {"experiment": "e", "method": "dni[label]"}


def row(cell, chosen, generator_step_size, seed, diverged_at=np.nan, **others):
    labels = {"cell": cell, "chosen": chosen, "generator_step_size": generator_step_size}
    return LABELS | labels | {"seed": seed, "diverged_at": diverged_at} | others


def tables():
    arms = [("off", "tuned", 0.0), (f"off,{ABOVE_0}", ABOVE_0, 0.1), ("lost", "tuned", 0.2)]
    runs, outcomes = [], []
    for arm in arms:
        for seed in (0, 1):
            end = {"diverged_at": 2.0 if arm[0] == "lost" and seed else np.nan}
            outcomes.append(row(*arm, seed, **end, accuracy_auc=0.5, alignment_1=9.0))
            for epoch, value in enumerate([np.nan, 0.2, 0.4 + seed]):
                runs.append(row(*arm, seed, **end, epoch=epoch, alignment_1=np.float32(value)))
    runs = pd.DataFrame(runs).astype({"alignment_1": np.float32})
    return runs, pd.DataFrame(outcomes)


def test_it_is_the_mean_over_the_epochs_after_the_start():
    found = aligned(*tables()).set_index(["cell", "seed"])
    # Generators that tuning switched off stand for nothing.
    assert sorted({cell for cell, _ in found.index}) == ["lost", "off"]
    np.testing.assert_allclose(found.loc["off", "alignment_1"], [0.3, 0.8], rtol=1e-6)
    assert found.loc["off", "accuracy_auc"].tolist() == [0.5, 0.5]


def test_what_diverged_is_as_bad_as_can_be():
    found = aligned(*tables()).set_index(["cell", "seed"]).loc["lost"]
    assert found["alignment_1"].tolist()[1] == found["accuracy_auc"].tolist()[1] == -1
    assert found["accuracy_auc"].tolist()[0] == 0.5
