import json
import re
from itertools import product

import numpy as np
import pandas as pd
import pytest

from synthgrad.cli import main as cli
from synthgrad.reproduce.verify import claims_on_clock
from synthgrad.study.tables import write_table

SEEDS = 12


def table(change=None):
    """Runs of two cells, `SEEDS` seeds and three epochs; `change` alters the frame."""
    rows = product(["a", "b"], range(SEEDS), range(3))
    frame = pd.DataFrame(rows, columns=["cell", "seed", "epoch"])
    frame.insert(0, "experiment", "headline")
    number = np.arange(len(frame))
    frame["mse"] = np.linspace(0.1, 0.2, len(frame))
    frame["alignment_1"] = np.where(frame["epoch"] > 0, number / 100, np.nan)
    frame["bit_accuracy"] = 0.5 + number % 7 / 20
    frame["accuracy_auc"] = 0.3 + number % 5 / 20
    frame["diverged_at"] = np.nan
    if change:
        change(frame)
    return frame


def columns(frame):
    return {
        name: column.to_numpy(dtype=object if column.dtype.kind not in "if" else None)
        for name, column in frame.items()
    }


@pytest.fixture
def verify(tmp_path, capsys, monkeypatch):
    """Function that writes a run and a published one and compares them: exit status, output."""
    monkeypatch.chdir(tmp_path)

    def run(own, published, last=lambda frame: None):
        for name, frame in [("own", own), ("published", published)]:
            write_table(columns(frame), "runs", tmp_path / name / "runs.parquet")
            ends = frame[frame["epoch"] == 2].drop(columns="epoch").reset_index(drop=True)
            if name == "own":
                last(ends)
            write_table(columns(ends), "outcomes", tmp_path / name / "outcomes.parquet")
        with pytest.raises(SystemExit) as exit_:
            cli.main(["verify", str(tmp_path / "own"), str(tmp_path / "published")])
        return exit_.value.code, capsys.readouterr().out

    return run


def unwrapped(text):
    return " ".join(text.split())


def at(frame, cell="b", **keys):
    """Rows of a cell with these keys."""
    return (frame["cell"] == cell) & (frame[list(keys)] == pd.Series(keys)).all(axis=1)


def shift(measure, size, cell="b"):
    """A change of a measure at all seeds of a cell by about as much."""

    def change(frame):
        rows = frame["cell"] == cell
        frame.loc[rows, measure] += size * (1 + frame.loc[rows, "seed"] / 100)

    return change


def test_the_same_run_is_identical(verify):
    status, out = verify(table(), table())
    assert status == 0
    assert "2 cells: 2 identical, 0 same distribution, 0 different" in out
    assert "Every measure of every seed and epoch that both runs have is identical." in out


def test_one_last_place_parts_at_the_first_epoch_and_measure_that_differ(verify):
    def nudge(frame):
        for seed, epoch, measure in [(3, 2, "mse"), (7, 1, "bit_accuracy"), (7, 1, "alignment_1")]:
            rows = at(frame, seed=seed, epoch=epoch)
            frame.loc[rows, measure] = np.nextafter(frame.loc[rows, measure], 1)

    status, out = verify(table(nudge), table())
    assert status == 0
    assert "2 cells: 1 identical, 1 same distribution, 0 different" in out
    assert "seed 7 parts at epoch 1, alignment_1 " in out
    one, other = (
        frame.loc[at(frame, seed=7, epoch=1), "alignment_1"].item()
        for frame in (table(nudge), table())
    )
    assert f"{one} instead of {other}" in out


def test_a_run_that_diverges_later_does_not_part_before_it_does(verify):
    def diverge(frame):
        frame.loc[at(frame, seed=2), "diverged_at"] = 2.0
        frame.loc[at(frame, seed=2, epoch=2), "mse"] = np.nan

    status, out = verify(table(diverge), table())
    assert status == 0
    assert "seed 2 parts at epoch 2, mse nan instead of " in out


def test_outcomes_are_compared_too(verify):
    def nudge(frame):
        frame.loc[5, "mse"] *= 1 + 1e-12

    status, out = verify(table(), table(), nudge)
    assert status == 0
    assert "seed 5 parts at the end, mse " in out


def test_zeros_of_both_signs_are_not_identical_and_every_nan_is(verify):
    def own(frame):
        frame.loc[0, "mse"] = -0.0
        frame.loc[frame["epoch"] == 0, "alignment_1"] = -np.nan

    def published(frame):
        frame.loc[0, "mse"] = 0.0

    status, out = verify(table(own), table(published))
    assert status == 0
    assert "1 identical, 1 same distribution" in out
    assert "seed 0 parts at epoch 0, mse -0.0 instead of 0.0" in out


@pytest.mark.parametrize("measure", ["accuracy_auc", "bit_accuracy"])
@pytest.mark.parametrize(
    ("size", "agreement"), [(0.06, "different"), (-0.06, "different"), (0.03, "same distribution")]
)
def test_a_shift_beyond_the_smallest_effect_is_different(verify, measure, size, agreement):
    status, out = verify(table(shift(measure, size)), table())
    assert status == (1 if agreement == "different" else 0)
    assert f"{agreement:17}   12 of  12 seeds,  3 of  3 epochs  headline/b" in out
    said = {"accuracy_auc": "score", "bit_accuracy": "final accuracy"}[measure]
    told = re.search(rf"{said} (\S+) \(p < 0.001\)", out)
    assert float(told[1]) == pytest.approx(size * 1.055, rel=0.01)


def test_a_large_shift_that_chance_explains_is_not_different(verify):
    def lucky(frame):
        rows = (frame["cell"] == "b") & (frame["seed"] < 2)
        frame.loc[rows, "accuracy_auc"] += 1.0

    status, out = verify(table(lucky), table())
    assert status == 0
    assert "score +0.167 (p = " in out
    assert "Such cells support the same conclusions." in unwrapped(out)
    assert "1 same distribution, 0 different" in out


@pytest.mark.parametrize("seeds", [9, 10])
def test_fewer_than_ten_seeds_are_too_few_to_tell(verify, seeds):
    own = table(shift("accuracy_auc", 0.3))
    status, out = verify(own[own["seed"] < seeds], table())
    few = seeds < 10
    assert status == (0 if few else 1)
    assert ("too few seeds to tell, 10 are needed" in out) == few
    assert ("In 1 of 2 cells the numbers part, and too few seeds" in unwrapped(out)) == few
    assert "Such cells support the same conclusions" not in out
    assert f"{seeds:3} of  12 seeds,  3 of  3 epochs  headline/b" in out


def test_claims_about_measured_times_rest_on_the_clock():
    assert claims_on_clock() == {
        "isolation-saves-time",
        "late-targets",
        "local-isolation-saves-time",
    }


def test_only_shared_seeds_are_compared_and_what_one_has_alone_is_told(verify):
    def other_seeds(frame):
        frame["seed"] += 1
        frame.loc[frame["cell"] == "a", "cell"] = "c"

    status, out = verify(table(other_seeds), table())
    # Seed 1 is the first run's and the second run's, with other numbers.
    assert status == 0
    assert "11 of  13 seeds,  3 of  3 epochs  headline/b" in out
    assert "Only in this run: 1 cells, 1 of headline" in out
    assert "Only in the published one: 1 cells, 1 of headline" in out


def test_only_shared_epochs_are_compared(verify):
    def fewer(frame):
        frame.loc[frame["epoch"] == 1, ["epoch", "mse"]] = [7, 0.5]

    status, out = verify(table(fewer), table())
    assert status == 0
    assert "2 cells: 2 identical" in out
    assert "12 of  12 seeds,  2 of  4 epochs  headline/a" in out


def test_a_measure_that_the_run_lacks_is_a_difference_and_a_new_one_is_none(verify):
    without = table().drop(columns="alignment_1")
    status, out = verify(without, table())
    assert status == 0
    assert "0 identical, 2 same distribution" in out
    assert "parts at epoch 1, alignment_1 nan instead of 0.01" in out
    assert "2 identical" in verify(table(), without)[1]


def test_nothing_comparable_is_one_line_and_status_2(verify, capsys, tmp_path):
    def rename(frame):
        frame["cell"] = "c"

    status, _ = verify(table(rename), table())
    assert status == 2
    with pytest.raises(SystemExit):
        cli.main(["verify", str(tmp_path / "own"), str(tmp_path / "published")])
    error = capsys.readouterr().err
    assert "there is nothing to compare" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "results").exists()


def test_a_receipt_says_what_was_found_and_on_which_machine(verify, tmp_path):
    _, out = verify(table(shift("accuracy_auc", 0.3)), table())
    receipt = json.loads((tmp_path / "results" / "receipt.json").read_text())
    assert receipt["command"] == "synthgrad verify"
    assert receipt["agrees"] is False
    assert receipt["cells"] == {"identical": 1, "same distribution": 0, "different": 1}
    assert receipt["different"] == ["headline/b"]
    assert receipt["digests"]["all"] != receipt["published_digests"]["all"]
    assert receipt["machine"]["cpu"]
    text = (tmp_path / "results" / "receipt.txt").read_text()
    assert text.startswith(f"synthgrad verify\n\n{out.rstrip()}")
    assert receipt["machine"]["date"] in text


def test_without_a_place_for_the_receipt_it_goes_on_and_says_so(tmp_path, capsys, verify):
    (tmp_path / "results").write_text("no folder")
    assert verify(table(), table())[0] == 0
    with pytest.raises(SystemExit) as exit_:
        cli.main(["verify", str(tmp_path / "own"), str(tmp_path / "published")])
    assert exit_.value.code == 0
    assert capsys.readouterr().err == "synthgrad: no receipt in results/: File exists\n"


def test_the_entries_in_which_the_manifests_differ_are_named(verify, tmp_path):
    for name, version in [("own", "2.3"), ("published", "2.2")]:
        (tmp_path / name).mkdir()
        content = {"cpu": "A", "packages": {"numpy": version}}
        (tmp_path / name / "manifest.json").write_text(json.dumps(content))
    _, out = verify(table(), table())
    assert "packages.numpy: 2.3 (published: 2.2)" in out


def with_configs(tmp_path, own, published):
    """Manifests with these configs in the folders that `verify` compares."""
    for name, config in [("own", own), ("published", published)]:
        (tmp_path / name).mkdir()
        content = {"preset": config.get("preset"), "config": config}
        (tmp_path / name / "manifest.json").write_text(json.dumps(content))


def test_the_keys_in_which_the_configs_differ_are_named_as_far_as_they_are_few(verify, tmp_path):
    with_configs(
        tmp_path,
        {"records": 20, "seeds": {"first": 1, "count": 3}, "experiments": {"new": [*range(99)]}},
        {"records": 20, "seeds": {"first": 1, "count": 30}} | {f"key-{k}": k for k in range(5)},
    )
    _, out = verify(table(), table())
    count, experiments, *others, last = [
        line for line in out.splitlines() if line.startswith("config")
    ]
    assert count == "config.seeds.count: 3 (published: 30)"
    assert re.fullmatch(r"config\.experiments: .{,60} \(published: not given\)", experiments)
    assert others == [f"config.key-{k}: not given (published: {k})" for k in range(3)]
    assert last == "config: 2 more keys differ"


@pytest.mark.parametrize(("preset", "told"), [("full", True), ("quick", False)])
def test_a_run_of_the_full_study_that_lacks_something_is_told(verify, tmp_path, preset, told):
    with_configs(tmp_path, {"preset": preset}, {"preset": "full"})
    whole = table()
    status, out = verify(whole[(whole["cell"] == "a") & (whole["seed"] < 10)], whole)
    assert status == 0
    said = "not complete: 1 of the published cells are missing, and 2 seeds of the cells"
    assert (said in unwrapped(out)) == told
    more = pd.concat([whole, whole[whole["cell"] == "a"].assign(cell="c")])
    assert "not complete" not in verify(more, whole)[1]


def claims(claim="labels-help", **columns):
    """A table of one claim with one contrast."""
    asked = {"claim": claim, "family": "tuned", "contrast": "a - b", "arm_cells": "headline: a"}
    asked |= {"reference_cells": "headline: b", "n": 30, "evidence": "supports"}
    return pd.DataFrame([asked | {"verdict": "reproduced"} | columns])


@pytest.fixture
def verdicts(verify, tmp_path):
    """Function that compares runs whose cells are identical, with tables of claims."""

    def run(own, published):
        for name, frame in [("own", own), ("published", published)]:
            (tmp_path / name).mkdir()
            frame.to_csv(tmp_path / name / "claims.csv", index=False)
        return verify(table(), table())

    return run


def test_verdicts_are_compared(verdicts):
    status, out = verdicts(claims(verdict="partly"), claims())
    assert status == 1
    assert "labels-help: partly (published: reproduced)" in out
    assert "measured times: 1 of 1 differ: labels-help." in unwrapped(out)


def test_a_verdict_that_rests_on_the_clock_is_told_and_does_not_count(verdicts):
    clock = "isolation-saves-time"
    status, out = verdicts(claims(clock, verdict="partly"), claims(clock))
    assert status == 0
    said = "partly (published: reproduced; does not count, since it rests on measured times)"
    assert f"{clock}: {said}" in out
    assert "none counts" in out


@pytest.mark.parametrize(
    "other",
    [
        {"n": 10},
        {"arm_cells": "headline: a,epochs=300"},
        {"contrast": "a - c"},
        {"evidence": "not tested"},
    ],
)
def test_verdicts_on_what_was_not_asked_alike_do_not_count(verdicts, other):
    """Nor does one whose family, for which p-values are adjusted, has another contrast."""
    alike = claims("alike", family="programs")
    own = pd.concat([alike, claims(verdict="partly", **other), claims("kin", verdict="mixed")])
    status, out = verdicts(own, pd.concat([alike, claims(), claims("kin")]))
    assert status == 0
    for name, verdict in [("labels-help", "partly"), ("kin", "mixed")]:
        assert f"{name}: {verdict} (published: reproduced; does not count, since it was not" in out
    assert "measured times: all 1 agree." in unwrapped(out)


def test_a_missing_table_is_an_error_of_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["verify", str(tmp_path), str(tmp_path)])
    err = capsys.readouterr().err
    assert exit_.value.code == 2
    assert "runs.parquet" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"claim\n", b"verdict\n1\n", b"claim,verdict\na,b\na,c\n", b"\xff", b'claim\n"'],
)
def test_a_table_of_verdicts_that_cannot_be_read_is_one_line(verify, tmp_path, capsys, content):
    verify(table(), table())
    for name in ("own", "published"):
        (tmp_path / name / "claims.csv").write_bytes(content)
    with pytest.raises(SystemExit) as exit_:
        cli.main(["verify", str(tmp_path / "own"), str(tmp_path / "published")])
    err = capsys.readouterr().err
    assert exit_.value.code == 2
    assert f"{tmp_path / 'own' / 'claims.csv'} cannot be read" in err
    assert err.count("\n") == 1


def test_a_run_without_verdicts_is_not_taken_for_one_that_agrees(verify, tmp_path, capsys):
    verify(table(), table())
    claims().to_csv(tmp_path / "published" / "claims.csv", index=False)
    with pytest.raises(SystemExit) as exit_:
        cli.main(["verify", str(tmp_path / "own"), str(tmp_path / "published")])
    assert exit_.value.code == 2
    assert "own/claims.csv" in capsys.readouterr().err.replace("\n", "")
