"""What the documents show of config files is what the schemas allow."""

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


def test_the_task_of_a_recipe_is_the_exclusive_or():
    (block,) = [block for block in blocks() if block.path and "/tasks/" in block.path]
    recipe = {}
    exec(block.text, recipe)
    for inputs, answers in recipe["TASK"].draw(Setup(bits=5, examples=20), paired_draws(0)):
        left, right = inputs[:, :5].astype(bool), inputs[:, 5:].astype(bool)
        np.testing.assert_array_equal(answers, left ^ right)
