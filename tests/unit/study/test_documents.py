"""What the documents show of config files is what the schemas allow."""

import re

import pytest
import yaml
from documents import DOCUMENTS, blocks
from made_up_robustness import DECLARED
from package import ROOT

from synthgrad.study import config

SCHEMAS = ROOT / "workflow" / "schemas"

EXAMPLES = [block for block in blocks() if block.language == "yaml"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_code_is_in_blocks_that_name_their_language(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    prose = re.sub(r"^```(sh|yaml|python|bibtex)\n.*?^```$", "", text, flags=re.M | re.S)
    assert "```" not in prose
    assert not re.search(r"^\n {4}\S", prose, flags=re.M)


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


def test_examples_in_python_run(capsys):
    (block,) = [block for block in blocks() if block.language == "python"]
    left = {}
    exec(block.text, left)
    assert "bit_accuracy" in capsys.readouterr().out
    assert left["figure"].axes


def test_recipes_are_short():
    recipes = [block for block in EXAMPLES if block.document == "README.md"]
    assert recipes
    assert max(len(block.text.splitlines()) for block in recipes) <= 10
