"""The commands of the documents, followed word by word in a copy of the project.

The quick study is a still smaller one there. What is not executed is in `NOT_RUN`.
"""

import os
import re
import shutil
import subprocess

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
import yaml
from documents import DOCUMENTS, blocks
from package import ROOT
from temporary_study import LIMIT, TINY, environment, link_environment

from synthgrad.claims.judge import VERDICTS

pytestmark = pytest.mark.long

NOT_RUN = {
    "make reproduce": "takes two hours; make quick is the same rules on a smaller study",
    "make searches": "takes an hour; test_workflow.py publishes searches and trains with them",
    "make reproduce TUNING=published": "as that",
    "make verify": "compares a full run; tests/unit/reproduce/test_verify.py",
    "make spotcheck": "takes two minutes; that of the quick study is run",
    "synthgrad spotcheck --minutes 0.5 --seed 1": "ends with what this CPU makes of it",
    "synthgrad spotcheck --cell dni-printed --seed 0": "as that",
    "synthgrad verify results/quick": "the study here shares nothing with the published one",
    "make figures": "draws all that are published; the recipe for a colour draws one of them",
    "make report": "needs the full study; test_browsing.py makes it of a tiny one",
    "make explore": "computes intervals for minutes; test_exploring.py looks at a page",
    "make resume": "goes on with the full study; tests/drill follows it after every fault",
    "make decoupling": "takes five minutes; tests/parallel",
    "make test": "takes minutes, and is the other tests",
    "snakemake": "is make reproduce",
    "snakemake --workflow-profile workflow/profiles/slurm": "needs a cluster; tests/slurm",
    ".venv/bin/python -m pytest tests/unit": "is a part of make test",
    "make lint": "make test begins with it",
    "make test-long": "is what runs this test",
    "make coverage": "runs the quick tests again; tests/unit/test_uncalled.py",
    "make drill": "takes minutes; make test-long has a shorter one",
    "make versions": "makes two environments",
    "make portability": "takes minutes; tests/portability has most of it",
    "make benchmark": "takes minutes; tests/benchmark/test_benchmarks.py",
    "make .venv/parallel": "installs packages; continuous integration begins with it",
    "apt-get install -y chromium": "installs a browser, as root",
    "make setup TEX=no WHEELHOUSE=path/to/wheelhouse": "needs what make wheelhouse fills",
    "make lock": "asks for the newest versions there are",
    "make reproduce publish": "takes two hours, and replaces what is published",
}
"""Commands that are not executed, each with the reason."""

COMMANDS = [command for block in blocks() for command in block.commands]

RUN_AT_LAST = "snakemake --configfile config/quick.yaml config/mine.yaml"
"""Is said at two recipes, and makes at the second what it would have made at the first, too."""


def copy(folder):
    """A copy of the project as a clone would have it, with the environment of these tests."""
    made = ("*.egg-info", ".*", "__pycache__", "results", "dist")
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*made))
    for name in (".gitignore", ".pre-commit-config.yaml", ".proselintrc.json"):
        shutil.copy(ROOT / name, folder)
    small = yaml.safe_load(TINY.read_text(encoding="utf-8")) | {"preset": "quick"}
    # Of figures and words as few as there can be.
    small["experiments"] |= dict.fromkeys(("examples", "editions", "signs"))
    (folder / "config" / "quick.yaml").write_text(yaml.safe_dump(small), encoding="utf-8")
    link_environment(folder)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    subprocess.run(["git", "add", "."], cwd=folder, check=True)


def follow(folder, block):
    """Write the file that a block shows, or execute its commands; the rest is to be read."""
    if block.path:
        at_the_end = ", at the end\n" in block.text
        with (folder / block.path).open("a" if at_the_end else "w", encoding="utf-8") as file:
            file.write(block.text)
    for command in block.commands:
        if command not in NOT_RUN:
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=folder,
                env=environment(folder),
                capture_output=True,
                text=True,
                check=False,
                timeout=LIMIT,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"


class Visit:
    """A reader's folder, and what was there before the last recipes."""

    def __init__(self, folder):
        self.folder = folder
        copy(folder)
        left = COMMANDS.count(RUN_AT_LAST)
        for block in blocks():
            if "sed -i" in block.text:
                self.before = self.figures("figures"), self.trained()
            left -= block.commands.count(RUN_AT_LAST)
            if block.commands != [RUN_AT_LAST] or not left:
                follow(folder, block)

    def figures(self, published):
        """Pixels of the learning curves, published and of the quick study: (height, width, 3)."""
        folders = [self.folder / published, self.folder / "results" / "quick" / "figures"]
        return [matplotlib.image.imread(f / "learning-curves.png")[..., :3] for f in folders]

    def trained(self):
        """When each table of runs was written."""
        paths = self.folder.glob("results/*/*/*.parquet")
        return {str(path): path.stat().st_mtime_ns for path in paths}


@pytest.fixture(scope="module")
def visit(tmp_path_factory):
    """The documents, followed from the first to the last block."""
    return Visit(tmp_path_factory.mktemp("visit") / "synthgrad")


def test_what_is_not_run_is_still_in_the_documents():
    assert set(NOT_RUN) <= set(COMMANDS)
    assert len(set(COMMANDS) - set(NOT_RUN)) > 10


def test_targets_of_make_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS)
    for target in re.findall(r"(?:^|`)make ([a-z]+)", text, flags=re.M):
        assert re.search(rf"^{target}:", makefile, flags=re.M), target


def test_the_quick_study_ends_with_a_report(visit):
    assert (visit.folder / "results" / "quick" / "paper" / "numbers.tex").exists()
    assert (visit.folder / "side_by_side.png").stat().st_size > 1000


def test_a_method_and_an_experiment_are_added(visit):
    outcomes = pd.read_parquet(visit.folder / "results" / "mine" / "outcomes.parquet")
    headline = outcomes.query("experiment == 'headline'")
    assert set(headline["method"]) == {"backprop", "dni[label]", "dni[input+label]"}
    minibatch = outcomes.query("experiment == 'minibatch'")
    assert set(minibatch["batch_size"]) == {"5", "20"}


def test_a_claim_is_added_and_judged(visit):
    claims = pd.read_csv(visit.folder / "results" / "mine" / "claims.csv")
    verdict = claims.query("claim == 'input-helps'")["verdict"]
    assert len(verdict) > 0
    assert set(verdict) <= set(VERDICTS)


def test_a_figure_is_added(visit):
    drawn = visit.folder / "results" / "mine" / "figures" / "minibatch.png"
    assert drawn.stat().st_size > 1000


def test_a_figure_is_redrawn_in_another_colour_and_nothing_is_trained(visit):
    figures, trained = visit.before
    assert visit.trained() == trained
    colour = np.array([0x11, 0x77, 0x33]) / 255
    assert not any(has(figure, colour) for figure in figures)
    assert all(has(figure, colour) for figure in visit.figures("results/published/figures"))


def has(figure, colour):
    """Whether some pixels are of a colour."""
    return (np.abs(figure - colour).max(axis=-1) < 0.01).sum() > 20


def test_hooks_pass_before_a_commit(visit):
    hook = visit.folder / ".git" / "hooks" / "pre-commit"
    assert os.access(hook, os.X_OK)
    done = subprocess.run(
        ["pre-commit", "run", "--all-files"],
        cwd=visit.folder,
        env=environment(visit.folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stdout
