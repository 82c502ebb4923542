"""The figure on why it works shows the best linear generators, what was attained, and the sets."""

import numpy as np
import pytest
from drawn import drawn, lines, panel
from made_up_study import ABLATIONS, rows_of, tables_of

from synthgrad.core.setup import CONDITIONS_OF
from synthgrad.figures import style
from synthgrad.statistics.correlations import correlation

SCALES = [float(scale) for scale in ABLATIONS["flatness"]["weight_scale"]]


@pytest.mark.parametrize("layer", [1, 2])
@pytest.mark.parametrize(
    ("method", "kind"), [("dni[batchnorm]", "without label"), ("dni[output+label]", "with label")]
)
def test_best_and_attained_alignment_stand_at_their_scale(method, kind, layer):
    tables, look = tables_of("full"), style.look(method)
    axes = panel(drawn("why", "full"), f"{kind}, layer {layer}")
    (best,) = lines(axes, f"alignment, {look.name}")
    found = tables.representable
    found = found[(found["trained_by"] == method) & (found["layer"] == layer)]
    np.testing.assert_array_equal(best.get_xdata(), SCALES)
    np.testing.assert_array_equal(best.get_ydata(), found[found["epoch"].isna()]["alignment"])

    (points,) = [each for each in axes.containers if each.get_label() == look.name]
    attained, _, (bars,) = points.lines
    for scale, place, value in zip(SCALES, *attained.get_data(), strict=True):
        runs = rows_of(tables.runs, "flatness", learning=True, method=method)
        runs = runs[(runs["weight_scale"] == f"{scale}") & (runs["epoch"] > 0)]
        assert place == pytest.approx(scale, rel=0.2)
        assert value == pytest.approx(runs[f"alignment_{layer}"].mean())
    for low, high in (segment[:, 1] for segment in bars.get_segments()):
        assert ((low <= attained.get_ydata()) & (attained.get_ydata() <= high)).any()


def test_every_set_of_conditions_has_a_mark():
    axes = panel(drawn("why", "full"), "sets of conditions")
    marks = {line.get_label(): np.transpose(line.get_data()) for line in axes.lines}
    with_label = [conditions for conditions in CONDITIONS_OF.values() if "label" in conditions]
    assert len(marks["set with label"]) == len(with_label) == 8
    assert len(marks["set without label"]) == 7
    rows = rows_of(tables_of("full").outcomes, "conditioning")
    scores = np.concatenate([each[:, 1] for each in marks.values()])
    means = rows[rows["method"] != "local-loss"].groupby("method")["accuracy_auc"].mean()
    np.testing.assert_allclose(np.sort(scores), np.sort(means))
    # As made up, both rise with the level of an arm.
    assert correlation(*np.concatenate([*marks.values()]).T).estimate > 0.9


def test_what_could_be_learnt_in_an_epoch_is_less_than_the_share():
    axes = panel(drawn("why", "full"), "share at the start, layer 2")
    for method in ("dni[output]", "dni[label]", "dni[output+label]"):
        (share,), (reached,) = (lines(axes, f"{name}, {method}") for name in ("share", "reached"))
        assert (share.get_ydata() > reached.get_ydata()).all()
