import numpy as np
import pandas as pd
import pytest

from synthgrad.cli import main as cli
from synthgrad.study.tables import write_table


def table(change=None):
    """Runs of two cells, two seeds and two epochs; `change` alters the columns."""
    columns = {
        "experiment": np.array(["headline"] * 8, dtype=object),
        "cell": np.array(["a"] * 4 + ["b"] * 4, dtype=object),
        "seed": np.array([0, 0, 1, 1] * 2),
        "epoch": np.array([0, 1] * 4),
        "mse": np.linspace(0.1, 0.2, 8),
        "alignment_1": np.array([np.nan, 0.5] * 4),
    }
    if change:
        change(columns)
    return columns


@pytest.fixture
def verify(tmp_path, capsys):
    def run(own, published, last=lambda columns: None):
        for name, columns in [("own", own), ("published", published)]:
            write_table(columns, "runs", tmp_path / name / "runs.parquet")
            ends = {key: values[1::2].copy() for key, values in columns.items() if key != "epoch"}
            if name == "own":
                last(ends)
            write_table(ends, "outcomes", tmp_path / name / "outcomes.parquet")
        with pytest.raises(SystemExit) as exit_:
            cli.main(["verify", str(tmp_path / "own"), str(tmp_path / "published")])
        return exit_.value.code, capsys.readouterr().out

    return run


def test_the_same_run_is_bit_identical(verify):
    status, out = verify(table(), table())
    assert status == 0
    assert "2 bit-identical, 0 within tolerance, 0 different" in out


def test_a_rounding_difference_is_within_tolerance(verify):
    def nudge(columns):
        columns["mse"][5] *= 1 + 1e-12

    status, out = verify(table(nudge), table())
    assert status == 0
    assert "1 bit-identical, 1 within tolerance, 0 different" in out
    assert "in mse" in out


def test_outcomes_are_compared_too(verify):
    def nudge(columns):
        columns["mse"][0] *= 1 + 1e-12

    status, out = verify(table(), table(), nudge)
    assert status == 0
    assert "1 bit-identical, 1 within tolerance, 0 different" in out


@pytest.mark.parametrize("value", [0.9, np.nan])
def test_a_real_difference_fails_and_names_the_measure(verify, value):
    def change(columns):
        columns["alignment_1"][5] = value

    status, out = verify(table(change), table())
    assert status == 1
    assert "1 different" in out
    assert "alignment_1" in out


def test_only_shared_seeds_are_compared(verify):
    def other_seeds(columns):
        columns["seed"] = columns["seed"] + 1

    status, out = verify(table(other_seeds), table())
    # Seed 1 is the first run's and the second run's, with other numbers.
    assert status == 1
    assert "     2  different" in out


def test_nothing_comparable_is_said_and_is_no_agreement(verify):
    def rename(columns):
        columns["cell"] = np.array(["c"] * 8, dtype=object)

    status, out = verify(table(rename), table())
    assert status == 1
    assert out.startswith("Nothing to compare")


def test_verdicts_are_compared(verify, tmp_path):
    for name, verdict in [("own", "partly"), ("published", "reproduced")]:
        (tmp_path / name).mkdir()
        frame = pd.DataFrame([{"claim": "labels-help", "verdict": verdict}])
        frame.to_csv(tmp_path / name / "claims.csv", index=False)
    status, out = verify(table(), table())
    assert status == 1
    assert "labels-help: partly (published: reproduced)" in out


@pytest.mark.parametrize(
    ("own", "published"), [("not tested", "reproduced"), ("partly", "not tested")]
)
def test_a_claim_that_a_run_does_not_test_is_no_difference(verify, tmp_path, own, published):
    for name, verdict in [("own", own), ("published", published)]:
        (tmp_path / name).mkdir()
        frame = pd.DataFrame({"claim": ["a", "b"], "verdict": ["partly", verdict]})
        frame.to_csv(tmp_path / name / "claims.csv", index=False)
    status, out = verify(table(), table())
    assert status == 0
    assert f"b: {own} (published: {published})" in out
    assert out.endswith("1 of 2 claims are tested in both runs\n")


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
    frame = pd.DataFrame({"claim": ["x"], "verdict": ["partly"]})
    frame.to_csv(tmp_path / "published" / "claims.csv", index=False)
    with pytest.raises(SystemExit) as exit_:
        cli.main(["verify", str(tmp_path / "own"), str(tmp_path / "published")])
    assert exit_.value.code == 2
    assert "own/claims.csv" in capsys.readouterr().err.replace("\n", "")
