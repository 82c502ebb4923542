"""What is published can be explained, and checked."""

import shlex

import pandas as pd
import pytest
from package import ROOT
from published_study import needs_this_config

from synthgrad.cli import main as cli
from synthgrad.reproduce import spotcheck
from synthgrad.study.published import published

pytestmark = needs_this_config


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Function that runs the command: exit status, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as exit_:
            cli.main(list(arguments))
        return exit_.value.code, *capsys.readouterr()

    return run


def test_a_number_is_followed_to_its_row_and_a_command(run):
    status, out, _ = run("explain", "headline/most-bits/backprop/accuracy_auc")
    assert status == 0
    summary = published("summary").query("method == 'backprop' and bits == 12")
    [mean] = summary.query("experiment == 'headline' and measure == 'accuracy_auc'")["mean"]
    assert out.startswith(f"headline/most-bits/backprop/accuracy_auc: {mean:.3f}\n")
    assert "1 row of summary.csv" in out
    command = shlex.split(out[out.index("synthgrad spotcheck") :].replace("\\\n", ""))
    assert command[-1] == "100"
    assert command[-3].startswith("backprop,bits=12,")


def test_an_unknown_number_is_one_line_with_those_near_it(run):
    status, out, err = run("explain", "headline/most-bits/backprop/accuracy")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "headline/most-bits/backprop/accuracy_auc" in err


def test_the_published_tables_can_be_checked_by_their_config():
    read = spotcheck.read_published(ROOT / "published")
    assert len(read.all_runs()) == len(pd.read_parquet(ROOT / "published/outcomes.parquet"))
    assert read.study.decoupling
