import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest

from synthgrad import __version__
from synthgrad.cli import main as cli
from synthgrad.core.setup import SETTINGS, Setup
from synthgrad.core.training.loop import train
from synthgrad.parallel import mpi

SMALL = ["--bits", "3", "--examples", "40", "--hidden", "6,5", "--epochs", "4"]


def run(capsys, *arguments):
    """Exit status, stdout and stderr of the command."""
    with pytest.raises(SystemExit) as exit_:
        cli.main(list(arguments))
    return exit_.value.code, *capsys.readouterr()


def test_train_prints_setup_and_history_as_one_json_object(capsys):
    method = "dni[output+label]"
    status, out, _ = run(capsys, "train", "--method", method, *SMALL, "--seeds", "2", "--json")
    printed = json.loads(out)
    assert status == 0
    assert set(printed) == {"setup", "history"}
    setup = printed["setup"] | {"hidden": tuple(printed["setup"]["hidden"])}
    assert Setup(**setup).method == method
    history = printed["history"]
    assert {len(values) for values in history.values()} == {2 * 5}
    assert history["epoch"] == [0, 1, 2, 3, 4] * 2
    assert history["seed"] == [0] * 5 + [1] * 5
    expected = train(Setup(**setup), [0, 1]).measures["mse"].ravel().tolist()
    assert history["mse"] == expected


def test_what_is_not_defined_is_null_in_json(capsys):
    status, out, _ = run(capsys, "train", "--method", "dni[output]", *SMALL, "--json")
    assert status == 0
    # A generator that starts at zero has no direction to align.
    assert json.loads(out)["history"]["alignment_1"][0] is None


def test_train_prints_a_short_table(capsys):
    status, out, _ = run(capsys, "train", "--method", "backprop", *SMALL)
    assert status == 0
    assert "bit accuracy" in out
    assert "chance bit accuracy" in out
    assert len(out.splitlines()) < 30


def test_replay_has_an_entry_for_each_iteration(capsys):
    status, out, _ = run(capsys, "replay", "dni-output", "--iterations", "3", "--json")
    replayed = json.loads(out)
    assert status == 0
    assert list(replayed) == [
        "edition",
        "seed",
        "iteration",
        "loss",
        "synthetic_loss",
        "bit_accuracy",
    ]
    assert replayed["iteration"] == [0, 1, 2]
    assert len(replayed["loss"]) == len(replayed["synthetic_loss"]) == 3


def test_editions_without_synthetic_loss_say_null(capsys):
    _, out, _ = run(capsys, "replay", "dni-printed", "--iterations", "2", "--json")
    assert json.loads(out)["synthetic_loss"] is None


def test_editions_lists_them_all(capsys):
    from synthgrad.core.tutorial import EDITIONS

    status, out, _ = run(capsys, "editions")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == list(EDITIONS)


BAD = {
    "unknown condition": ("train --method dni[foo] --bits 8", "--method", "dni[foo]"),
    "conditions out of order": ("train --method dni[label+output] --bits 8", "--method", "dni["),
    "no bits": ("train --method backprop --bits 0", "--bits", "0"),
    "too many bits": ("train --method backprop --bits 63", "--bits", "63"),
    "negative epochs": ("train --method backprop --bits 8 --epochs -1", "--epochs", "-1"),
    "neither number nor all": (
        "train --method backprop --bits 8 --examples many",
        "--examples",
        "'many'; allowed are a whole number and all",
    ),
    "all of too many": ("train --method backprop --bits 12 --examples all", "--examples", "all"),
    "no number": ("train --method backprop --bits eight", "--bits", "eight"),
    "nan": ("train --method backprop --bits 8 --step-size nan", "--step-size", "nan"),
    "infinite": ("train --method backprop --bits 8 --step-size inf", "--step-size", "inf"),
    "negative": (
        "train --method backprop --bits 8 --generator-step-size -1",
        "--generator-step-size",
        "-1",
    ),
    "hidden": ("train --method backprop --bits 8 --hidden 3,x", "--hidden", "3,x"),
    "hidden of zero": ("train --method backprop --bits 8 --hidden 3,0", "--hidden", "0"),
    "batch": ("train --method backprop --bits 8 --examples 5", "--batch-size", "10"),
    "negative seed": ("train --method backprop --bits 8 --seed -1", "--seed", "-1"),
    "seed and seeds": ("train --method backprop --bits 8 --seed 1 --seeds 2", "--seed", "--seeds"),
    "no method": ("train --bits 8", "--method", "Missing"),
    "unknown option": ("train --method backprop --bits 8 --bitz 3", "--bitz", "No such option"),
    "unknown edition": ("replay foo", "EDITION", "foo"),
    "no iterations": ("replay dni-output --iterations 0", "--iterations", "0"),
    "seed too large": ("replay dni-output --seed 4294967296", "--seed", "4294967296"),
    "unknown command": ("foo", "foo", "No such command"),
    "not a whole number": ("train --method backprop --bits 8 --epochs 1e3", "--epochs", "1e3"),
    "not a number": ("train --method backprop --bits 8 --step-size 0,1", "--step-size", "0,1"),
    "no seeds": ("train --method backprop --bits 8 --seeds 0", "--seeds", "1<=x<=100000"),
    "too much memory": (
        "train --method backprop --bits 8 --hidden 1000000,1000000",
        "--hidden",
        "allowed is what needs at most 64000 MB",
    ),
    "too many iterations": (
        "replay dni-output --iterations 99999999999",
        "--iterations",
        "at most 64000 MB",
    ),
    "an argument too many": ("editions extra", "extra", "unexpected"),
    "a file for a folder": ("portability file", "FOLDER", "'file' is a file"),
    "a folder in a file": ("decoupling file/below", "file", "is not a folder that can be"),
    "no such folder": ("verify nowhere", "RUNS", "'nowhere' does not exist"),
    "nothing to verify": ("verify . .", "runs.parquet", "No such file"),
}


@pytest.mark.parametrize(("line", "key", "value"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line_and_status_2(capsys, line, key, value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mpi, "missing", lambda: None)
    Path("file").write_text("")
    status, out, err = run(capsys, *line.split())
    assert status == 2
    assert out == ""
    assert err.startswith("synthgrad: error: ")
    assert err.count("\n") == 1
    assert key in err
    assert value in err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_command_is_installed_and_imports_nothing_slow_for_its_help():
    code = (
        "import sys; sys.argv = ['synthgrad', '--help']\n"
        "from synthgrad.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "slow = {'numpy', 'scipy', 'pandas', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(f'imported {slow}' if slow else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "train" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("ending", ["> /dev/full", ">&-", "| true"])
def test_what_cannot_be_printed_is_one_line_and_no_status_of_a_finding(ending):
    run = f"({shlex.quote(sys.executable)} -m synthgrad editions; echo $? >&2) {ending}"
    done = subprocess.run(["sh", "-c", run], capture_output=True, text=True, check=False)
    line, status = done.stderr.splitlines()
    assert line.startswith("synthgrad: error: stdout")
    assert status == "74"


def test_the_package_can_be_run():
    command = [sys.executable, "-m", "synthgrad", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"synthgrad, version {__version__}\n"


@pytest.mark.parametrize("command", ["train", "show"])
def test_help_and_default_of_a_setting_are_those_of_its_field(capsys, command):
    status, out, _ = run(capsys, command, "--help")
    said = " ".join(out.split())
    assert status == 0
    for name in ("epochs", "examples", "hidden", "batch_size", "step_size", "generator_step_size"):
        default, _, help = SETTINGS[name]
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else default
        assert re.search(rf"--{name.replace('_', '-')} [A-Z]+ {help} \[default: {shown}\]", said)


def test_train_says_how_many_were_done_and_when(capsys):
    quick = ["--bits", "2", "--examples", "4", "--batch-size", "2", "--hidden", "6"]
    quick += ["--step-size", "3", "--epochs", "12", "--seeds", "12"]
    arguments = ["train", "--method", "backprop", *quick, "--done-after", "2"]
    printed = json.loads(run(capsys, *arguments, "--json")[1])
    assert printed["setup"]["done_after"] == 2
    at = {
        seed: epoch
        for seed, epoch in zip(printed["history"]["seed"], printed["history"]["done_at"])
        if epoch is not None
    }
    assert 1 < len(at) < 12
    last = f"{len(at)} of 12 were done, the last after epoch {max(at.values()):.0f}"
    assert run(capsys, *arguments)[1].splitlines()[-1] == last
    assert "were done" not in run(capsys, *arguments[:-2])[1]


def test_progress_is_silent_when_stderr_is_no_terminal(capsys):
    _, _, err = run(capsys, "train", "--method", "backprop", *SMALL)
    assert err == ""


def test_default_step_sizes_learn(capsys):
    arguments = ["--method", "dni[output+label]", "--bits", "4", "--epochs", "40", "--json"]
    _, out, _ = run(capsys, "train", *arguments)
    history = json.loads(out)["history"]
    assert history["bit_accuracy"][-1] > np.mean(history["chance"]) + 0.15


def test_show_trains_each_method_and_says_where_it_stands(capsys):
    status, out, _ = run(capsys, "show", "backprop", "dni[label]", *SMALL)
    assert status == 0
    for method in ("backprop", "dni[label]"):
        accuracy = train(Setup(method=method, bits=3, examples=40, hidden=(6, 5), epochs=4), [0])
        final = accuracy.measures["bit_accuracy"][0, -1]
        assert re.search(rf"^{re.escape(method)} +epoch +4 +bit accuracy {final:.3f}$", out, re.M)


COMMANDS = {(): cli.cli} | {(name,): command for name, command in cli.cli.commands.items()}


def example(help_text):
    """The command that a help text gives as an example, as a list."""
    line = re.search(r"^ +Example:\n +(synthgrad .+)$", help_text, flags=re.M)[1]
    return shlex.split(line)[1:]


@pytest.mark.parametrize("command", COMMANDS, ids="-".join)
def test_help_has_an_example_that_the_command_takes(command, capsys, tmp_path, monkeypatch):
    status, out, _ = run(capsys, *command, "--help")
    assert status == 0
    (tmp_path / "results" / "full").mkdir(parents=True)
    (tmp_path / "published").mkdir()
    monkeypatch.chdir(tmp_path)
    name, *arguments = example(out)
    assert not command or command == (name,)
    cli.cli.commands[name].make_context(name, arguments)


@pytest.mark.parametrize("command", COMMANDS, ids="-".join)
def test_every_option_says_what_it_is(command):
    options = [p for p in COMMANDS[command].params if isinstance(p, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_version(capsys):
    assert run(capsys, "--version") == (0, f"synthgrad, version {__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("synthgrad re", ["replay"]),
        ("synthgrad replay dni-o", ["dni-output", "dni-output-label"]),
        ("synthgrad train --gen", ["--generator-step-size"]),
    ],
)
def test_the_shell_completes(words, completed, capsys, monkeypatch):
    monkeypatch.setenv("_SYNTHGRAD_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    status, out, _ = run(capsys)
    assert status == 0
    assert [line.split(",")[1] for line in out.splitlines()] == completed


def test_kernels_that_cannot_be_compiled_have_to_be_chosen(monkeypatch, capsys):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    command = ["train", "--method", "backprop", "--bits", "2", "--epochs", "1"]
    status, _, error = run(capsys, *command)
    assert status == 2
    assert error.startswith("synthgrad: error: NUMBA_DISABLE_JIT is set")
    assert error.count("\n") == 1
    monkeypatch.setenv("SYNTHGRAD_KERNELS", "reference")
    status, _, _ = run(capsys, *command)
    assert status == 0


def test_kernels_that_do_not_exist_are_one_line(monkeypatch, capsys):
    monkeypatch.setenv("SYNTHGRAD_KERNELS", "numpy")
    with pytest.raises(SystemExit) as exit_:
        cli.main(["train", "--method", "backprop", "--bits", "4"])
    assert exit_.value.code == 2
    error = capsys.readouterr().err
    assert error == (
        "synthgrad: error: SYNTHGRAD_KERNELS is 'numpy'; allowed is compiled or reference\n"
    )
