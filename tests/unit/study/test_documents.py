"""What the documents show of config files is what the schemas allow."""

import subprocess
import sys

import numpy as np
import pytest
import yaml
from documents import blocks
from made_up_robustness import DECLARED
from package import ROOT

from synthgrad.core.setup import Setup
from synthgrad.core.streams import paired_draws
from synthgrad.study import config

SCHEMAS = ROOT / "workflow" / "schemas"

EXAMPLES = [block for block in blocks() if block.language == "yaml"]
PYTHON = [block for block in blocks() if block.language == "python"]


@pytest.mark.parametrize("block", EXAMPLES)
def test_examples_of_settings_and_claims_are_valid(block, tmp_path):
    content = yaml.safe_load(block.text)
    if "experiments" in content:
        example = tmp_path / "example.yaml"
        example.write_text(block.text)
        files = [ROOT / "config" / name for name in ("config.yaml", "quick.yaml")]
        config.check(config.read_config(*files, example), SCHEMAS / "config.schema.yaml")
    else:
        config.check({"claims": content, "alternatives": DECLARED}, SCHEMAS / "claims.schema.yaml")


def test_the_example_in_the_readme_runs(capsys):
    (block,) = [each for each in blocks() if each.document == "README.md" and each in PYTHON]
    left = {}
    exec(block.text, left)
    assert "bit_accuracy" in capsys.readouterr().out
    assert left["figure"].axes


RECIPES = [block for block in PYTHON if block.document == "docs/extending.md"]


@pytest.mark.parametrize("block", [block for block in RECIPES if not block.path])
def test_what_a_recipe_adds_learns(block):
    """In a process of its own, for it changes what methods and conditions there are."""
    command = [sys.executable, "-c", block.text]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    accuracy = [float(line.split()[1]) for line in done.stdout.splitlines() if line[:1].isdigit()]
    assert accuracy[-1] > accuracy[0] + 0.1


def test_the_task_of_a_recipe_is_the_exclusive_or():
    (block,) = [block for block in RECIPES if block.path and "/tasks/" in block.path]
    recipe = {}
    exec(block.text, recipe)
    for inputs, answers in recipe["TASK"].draw(Setup(bits=5, examples=20), paired_draws(0)):
        left, right = inputs[:, :5].astype(bool), inputs[:, 5:].astype(bool)
        np.testing.assert_array_equal(answers, left ^ right)
