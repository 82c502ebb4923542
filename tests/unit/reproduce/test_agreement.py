"""When cells are different, and not only by chance."""

import numpy as np
import pandas as pd
import pytest

from synthgrad.reproduce.agreement import measure_shifts, smallest_effects


def test_p_values_are_adjusted_for_the_number_of_cells():
    """By hand: one cell of 20 with the smallest p-value that 10 pairs can have, the others 1."""

    def side(values):
        return {
            "outcomes": pd.DataFrame(
                {"seed": range(10), "accuracy_auc": values, "bit_accuracy": 0.5}
            )
        }

    zero, one = side(np.zeros(10)), side(np.linspace(0.9, 1.1, 10))
    pairs = {("e", str(k)): ((one if k == 0 else zero), zero) for k in range(20)}
    shifts = measure_shifts(pairs)
    assert len(shifts) == 40
    first = shifts.iloc[0]
    assert first["p_value"] == pytest.approx(2 / 2**10 * 40)
    assert not shifts["different"].any()
    assert measure_shifts({("e", "0"): (one, zero)})["different"].tolist() == [True, False]


def test_the_smallest_effects_are_those_of_the_claims():
    assert smallest_effects() == {"accuracy_auc": 0.05, "bit_accuracy": 0.05}
