"""All numbers and tables of the paper together: what is generated is what the paper asks for."""

import re
from pathlib import Path

import pytest
from made_up_run import small_run
from package import ROOT
from paper_sources import keys_of_the_paper, paper_sources, rows

from synthgrad.report import paper
from synthgrad.report.documents import documents, keys_read, number_functions, values, write
from synthgrad.report.paper.experiments import arm_values
from synthgrad.study.config import read_config
from synthgrad.study.expansion import parse_study
from synthgrad.study.registry import registered_tables


def test_every_table_is_made_and_known_by_its_name(run):
    names = registered_tables(Path(paper.__file__).parent)
    assert sorted(names) == sorted(paper.table)
    assert documents(run, []).keys() == {"numbers", "captions", *names}


def test_every_table_of_the_paper_is_generated_and_used(run):
    used = set()
    for text in paper_sources().values():
        used |= set(re.findall(r"\\input(?:table)?\{([a-z-]+)\}", text))
    assert used == documents(run, []).keys()


def test_every_key_of_the_paper_is_generated(run):
    config = read_config(ROOT / "config" / "config.yaml")
    full = parse_study(config, ROOT / "workflow" / "schemas" / "config.schema.yaml")
    assert keys_of_the_paper() <= values(run).keys()
    assert keys_of_the_paper("arm") <= arm_values(run.changed(study=full)).keys()


def test_a_number_is_generated_where_a_source_reads_it(run):
    source = r"\val{study/seeds} \arm{no/such} \asserts{c}{reproduced}{So it is.} \ifrun{signs}{}"
    keys = re.findall(r"\\defval\{(.*?)\}", documents(run, [source])["numbers"])
    assert keys_read(source) == {"study/seeds", "no/such", "claim/c", "has/signs"}
    assert {"study/seeds", "has/signs"} <= set(keys) <= values(run).keys()
    assert "study/cells" not in keys


def test_every_function_that_gives_numbers_has_a_reader(run):
    read = set().union(*map(keys_read, paper_sources().values()))
    for give in number_functions:
        assert read & give(run).keys(), give.__name__


@pytest.mark.parametrize("experiment", ["headline", "editions", "signs", "conditioning"])
def test_a_study_without_an_experiment_has_the_same_keys(experiment):
    run = small_run(without=(experiment,))
    assert keys_of_the_paper() <= values(run).keys()
    assert documents(run, [])


def test_a_study_without_the_methods_that_the_prose_names_has_the_same_keys():
    run = small_run(methods=("feedback-alignment",), all_bits=(5,))
    texts = values(run)
    assert keys_of_the_paper() <= texts.keys()
    assert texts["headline/most-bits/best"] == "---"
    assert texts["headline/most-bits/backprop/accuracy_auc"] == "---"


def test_all_rows_of_a_table_have_as_many_columns_as_its_head(run):
    for name, text in documents(run, []).items():
        widths = set()
        for cells in rows(text):
            spans = [re.match(r"\\multicolumn\{(\d+)\}", cell.strip()) for cell in cells]
            widths.add(sum(int(span[1]) if span else 1 for span in spans))
        assert len(widths) <= 1, name


def test_files_are_written_by_name(tmp_path):
    write({"a": "1\n", "b": "2\n"}, [tmp_path / "b.tex", tmp_path / "a.tex"])
    assert (tmp_path / "b.tex").read_text() == "2\n"
    with pytest.raises(ValueError, match="asked for are"):
        write({"a": "1\n"}, [tmp_path / "c.tex"])
