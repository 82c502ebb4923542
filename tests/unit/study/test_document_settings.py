"""What is said of a setting at its field is what schema and documentation say."""

import pytest
import yaml
from package import ROOT

from synthgrad.core.network.conditions import CONDITION
from synthgrad.core.setup import CONDITIONS, SETTINGS
from synthgrad.core.tasks import TASKS
from synthgrad.study import document_settings


def test_schema_and_documentation_are_as_generated():
    """If not: python -m synthgrad.study.document_settings."""
    for path, text in document_settings.documents(ROOT).items():
        assert path.read_text(encoding="utf-8") == text, path


def test_every_default_is_what_the_schema_allows():
    from jsonschema import Draft202012Validator

    schema = yaml.safe_load((ROOT / document_settings.SCHEMA).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    defaults = {name: described.default for name, described in SETTINGS.items()}
    defaults["hidden"] = list(defaults["hidden"])
    settings = {"$defs": schema["$defs"], "$ref": "#/$defs/settings"}
    Draft202012Validator(settings).validate(defaults)


def test_the_words_for_tasks_and_conditions_are_those_that_there_are():
    assert SETTINGS["task"].allowed.words == tuple(TASKS)
    assert tuple(CONDITION) == CONDITIONS


def test_documents_without_the_marks_are_refused(tmp_path):
    for name in (document_settings.SCHEMA, document_settings.README):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("")
    with pytest.raises(ValueError, match="must have the lines that mark"):
        document_settings.documents(tmp_path)
