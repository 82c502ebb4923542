"""`synthgrad explain` on a small study, and the command that it prints."""

import json
import shlex

import pytest
import trained_study
from made_up_claims import judged
from published_study import needs_this_config

from synthgrad.cli import main as cli
from synthgrad.study.published import published
from synthgrad.study.tables import read_table, write_csv

CONFIG = trained_study.config_of(
    {
        "small": {
            "question": "?",
            "vary": {"method": ["backprop", "frozen"]},
            "fix": {"hidden": [6, 5], "examples": 40, "epochs": 6, "bits": 3},
            "step_sizes": "given",
        }
    },
    preset="small",
    records=4,
    defaults={},
    seeds={"evaluation": {"first": 5, "count": 10}, "tuning": {"first": 1000, "count": 3}},
)

CLAIMS = {
    "backprop-learns": {
        "statement": "Backpropagation learns.",
        "edition": "this study",
        "written": "after a pilot",
        "family": "f",
        "contrasts": [
            {
                "name": "score, backprop - frozen",
                "kind": "difference",
                "measure": "accuracy_auc",
                "where": {"experiment": "small"},
                "arm": {"method": "backprop"},
                "reference": {"method": "frozen"},
                "direction": "more",
                "smallest_effect": 0.05,
            }
        ],
    }
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of the tables, with a space in its name."""
    folder = tmp_path_factory.mktemp("small study")
    trained_study.tables(CONFIG, folder)
    (folder / "manifest.json").write_text(json.dumps({"config": CONFIG}))
    runs, outcomes = (
        read_table(folder / f"{kind}.parquet", kind).to_pandas() for kind in ("runs", "outcomes")
    )
    write_csv(judged(CLAIMS, runs, outcomes), folder / "claims.csv")
    return folder


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Function that runs the command: exit status, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as exit_:
            cli.main(list(map(str, arguments)))
        return exit_.value.code, *capsys.readouterr()

    return run


def test_the_printed_command_trains_a_point_again(run, folder):
    status, out, _ = run("explain", "backprop-learns", "--folder", folder)
    assert status == 0
    assert out.startswith("backprop-learns: ")
    command = out[out.index("synthgrad spotcheck") :].replace("\\\n", "")  # as a shell does
    name, *command = shlex.split(command)
    assert name == "synthgrad"
    status, out, _ = run(*command, "--json")
    checked = json.loads(out)
    assert (status, checked["checked"], checked["identical"]) == (0, 1, 1)


def test_without_a_name_all_claims_are_listed(run, folder):
    status, out, _ = run("explain", "--folder", folder)
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == list(CLAIMS)


def test_an_unknown_name_is_one_line_with_those_near_it(run, folder):
    status, out, err = run("explain", "backprop-learn", "--folder", folder)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "NAME is 'backprop-learn'" in err
    assert "backprop-learns" in err


@pytest.mark.parametrize("text", [None, "claim,verdict\na,partly\n", ""])
def test_a_table_that_is_not_of_claims_is_refused_in_a_line(run, tmp_path, text):
    if text is not None:
        (tmp_path / "claims.csv").write_text(text)
    status, out, err = run("explain", "a", "--folder", tmp_path)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "claims.csv" in err


@needs_this_config
def test_a_number_of_the_paper_is_followed_to_its_row_and_a_command(run):
    status, out, _ = run("explain", "headline/most-bits/backprop/accuracy_auc")
    assert status == 0
    summary = published("summary").query("method == 'backprop' and bits == 12")
    [mean] = summary.query("experiment == 'headline' and measure == 'accuracy_auc'")["mean"]
    assert out.startswith(f"headline/most-bits/backprop/accuracy_auc: {mean:.3f}\n")
    assert "1 row of summary.csv" in out
    command = shlex.split(out[out.index("synthgrad spotcheck") :].replace("\\\n", ""))
    assert command[-1] == "100"
    assert command[-3].startswith("backprop,bits=12,")


@needs_this_config
def test_an_unknown_number_is_one_line_with_those_near_it(run):
    status, out, err = run("explain", "headline/most-bits/backprop/accuracy")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "headline/most-bits/backprop/accuracy_auc" in err
