"""A mistake in a config is one line that names the key, the value and what is allowed."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from package import ROOT

from synthgrad.study.config import ConfigError, check, read_config, read_mapping, with_numbers
from synthgrad.study.expansion import parse_study
from synthgrad.workflow.checks import checked_study

SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"

BASE = yaml.safe_load("""
preset: base
seeds:
  evaluation: {first: 0, count: 3}
  tuning: {first: 1000, count: 1}
records: 5
bootstrap: {resamples: 100, seed: 1}
search:
  budgets:
    side: {points: 12, shorter: 2, finalists: 3, seeds: 1}
  spaces:
    addition:
      plain: {step_size: [-1, 0]}
      dni: {step_size: [-1, 0], generator_step_size: [-3, -2]}
      local-loss: {step_size: [-1, 0], generator_step_size: [-1, 0]}
defaults: {examples: 60}
experiments:
  one:
    question: Does it?
    vary: {method: [backprop, "dni[output]"], bits: [3]}
    fix: {hidden: [8, 6], epochs: 8}
    step_sizes: tuned
  two:
    question: Does it, too?
    vary: [{method: [frozen, local-loss]}, {method: ["dni[label]"], tuning_seeds: [1]}]
    fix: {hidden: [8, 6], epochs: 8, bits: 4}
    step_sizes: tuned
    best_for_backprop: {weight_scale: [0.5, 1.0]}
    searched: {epochs: 4}
    seeds: 2
  three:
    question: And this?
    vary: {method: [backprop, "dni[output]"], bits: [3, 5]}
    fix: {hidden: [8, 6], epochs: 8}
    step_sizes: shared
    shared_over: {bits: [3, 5]}
    search: side
""")


def in_one(text):
    """Overlay with something else in the experiment."""
    return f"experiments: {{one: {{{text}}}}}"


def ranks(text):
    """Overlay with layers as ranks."""
    network = "{hidden_layers: [1], width: [8], batch_size: [10]}"
    return f"decoupling: {{networks: [{network}], repeats: 1, seconds: 10, {text}}}"


def plain(ends):
    """Overlay with other ends of the space of methods without generators."""
    return f"search: {{spaces: {{addition: {{plain: {{step_size: {ends}}}}}}}}}"


PLAIN = "search.spaces.addition.plain.step_size"

# Overlay in YAML, then what the line must begin with, and what else it must say.
MISTAKES = {
    "a mistyped key": ("presett: x", "presett is not a setting", "allowed are preset, seeds, rec"),
    "a mistyped setting": ("defaults: {bitz: 8}", "defaults.bitz is not a", "bits and others"),
    "a mistyped factor": (in_one("vary: {bitz: [3]}"), "experiments.one.vary", "'bitz'; allowed"),
    "a key that is no text": ("1: x", "1 is not a setting", "allowed are preset"),
    "a missing key": (
        "experiments: {four: {question: x}}",
        "experiments.four.vary is missing",
        "step_sizes",
    ),
    "no mapping": ("seeds: 5", "seeds is 5", "allowed is a mapping"),
    "a name for a number": ("records: ten", "records is 'ten'", "allowed is a whole number"),
    "not whole": ("records: 10.0", "records is 10.0", "allowed is a whole number (How many log"),
    "true for a number": ("records: true", "records is True", "allowed is a whole number"),
    "too small": ("records: 1", "records is 1;", "allowed is at least 2"),
    "too large": ("seeds: {evaluation: {count: 1000000}}", "seeds.evaluation.count is", "at most"),
    "ends the wrong way round": (plain("[1, 0]"), f"{PLAIN} is [1, 0]", "the lower one first"),
    "an empty list": (in_one("vary: {bits: []}"), "experiments.one.vary.bits is []", "at least 1"),
    "a value twice": (in_one("vary: {bits: [3, 3]}"), "experiments.one.vary.bits is", "different"),
    "a seed used twice": ("seeds: {tuning: {first: 2}}", "seeds.tuning: seed 2 is", "other seeds"),
    "more tuning seeds than there are": (
        "search: {budgets: {side: {seeds: 2}}}",
        "search.budgets.side.seeds is 2",
        "at most the 1",
    ),
    "too few points for where a search begins": (
        "search: {budgets: {side: {points: 3}}}",
        "search.budgets.side.points is 3",
        "at least 6",
    ),
    "more evaluation seeds than there are": (
        in_one("seeds: 4"),
        "experiments.one.seeds is 4",
        "at most the 3 of seeds.evaluation",
    ),
    "an unknown budget": (
        in_one("search: headline"),
        "experiments.one.search is 'headline'",
        "allowed are side",
    ),
    "tuning seeds that there are not": (
        in_one("vary: {tuning_seeds: [1, 2]}"),
        "experiments.one.vary.tuning_seeds has 2",
        "from 1 to 1",
    ),
    "step sizes shared over nothing": (
        in_one("step_sizes: shared"),
        "experiments.one.shared_over is missing",
        "step_sizes: shared with it",
    ),
    "tuned step sizes shared over something": (
        in_one("shared_over: {bits: [3, 4]}"),
        "experiments.one.shared_over is given",
        "with step_sizes: shared",
    ),
    "shared step sizes with what serves backprop": (
        in_one("step_sizes: shared, shared_over: {bits: [3]}, best_for_backprop: {bits: [3, 4]}"),
        "experiments.one.best_for_backprop is given",
        "with step_sizes: tuned",
    ),
    "a setting that is varied and best for backprop": (
        in_one("best_for_backprop: {bits: [3, 4]}"),
        "experiments.one.best_for_backprop has bits",
        "vary",
    ),
    "step sizes that are best for backprop": (
        in_one("best_for_backprop: {step_size: [0.1, 1.0]}"),
        "experiments.one.best_for_backprop has step_size",
        "other",
    ),
    "other tuning seeds and what serves backprop": (
        "experiments: {two: {vary: {tuning_seeds: [1, 2]}}}\nseeds: {tuning: {count: 2}}",
        "experiments.two.vary.tuning_seeds has 2",
        "allowed with best_for_backprop is 1",
    ),
    "a cell that is searched for in two ways": (
        "experiments: {four: {question: Why, vary: {method: [backprop], bits: [3]}, "
        "fix: {hidden: [8, 6], epochs: 8}, step_sizes: tuned, searched: {epochs: 4}}}",
        "experiments.four searches otherwise",
        "than experiments.one; allowed is the same search",
    ),
    "a preset like a path": ("preset: ../x", "preset is '../x'", "allowed is text like"),
    "a setting out of range": (
        in_one("fix: {epochs: 0}"),
        "experiments.one.fix.epochs is 0",
        "at least 1 (Passes over the training examples.)",
    ),
    "an unknown word": (
        in_one("fix: {step_direction: asent}"),
        "experiments.one.fix.step_direction is 'asent'",
        "one of descent, ascent (Descent",
    ),
    "an unknown program": (
        in_one("vary: {edition: [foo]}"),
        "experiments.one: edition is 'foo'",
        "allowed are vanilla-12bit",
    ),
    "varied and fixed": (in_one("fix: {bits: 4}"), "experiments.one.fix.bits is 4", "vary it or"),
    "varied and tuned": (
        in_one("vary: {step_size: [0.1]}"),
        "experiments.one.vary.step_size is 0.1",
        "only with step_sizes: given",
    ),
    "settings that contradict one another": (
        in_one("fix: {decouple_last: true}"),
        "experiments.one: decouple_last is true with method 'backprop'",
        "only with dni",
    ),
    "a program for all": (
        "defaults: {edition: dni-output}",
        "defaults.edition is 'dni-output'",
        "vary and fix",
    ),
    "more memory than there is": (
        in_one("fix: {hidden: [1000000, 1000000]}"),
        "experiments.one: hidden is [1000000, 1000000]",
        "at most 64000 MB",
    ),
    "more cells than can be planned": (
        in_one(f"vary: {{batch_size: {list(range(1, 200))}, examples: {list(range(10, 200))}}}"),
        "experiments.one.vary makes 75620 cells",
        "at most 10000",
    ),
    "nothing to do": (
        "experiments: {one: null, two: null, three: null}",
        "experiments are all null",
        "at least one",
    ),
    "ranks without networks": (ranks("bits: 8"), "decoupling.bits is 8", "decoupling: null"),
    "ranks that cannot be": (
        ranks("bits: 4").replace("batch_size: [10]", "batch_size: [3000]")
        + '\nexperiments: {headline: {question: Why, vary: {method: [backprop, "dni[output]"], '
        "bits: [4]}, step_sizes: given}}",
        "decoupling.networks: batch_size is 3000",
        "at most",
    ),
    "ranks on more seeds than there are": (
        ranks("bits: 4, seeds: 1000")
        + "\nexperiments: {headline: {question: Why, vary: {method: [backprop, local-loss], "
        "bits: [4]}, step_sizes: given}}",
        "decoupling.seeds is 1000",
        "seeds.evaluation",
    ),
}


def merged(tmp_path, text):
    """The base config with an overlay in YAML."""
    base, over = tmp_path / "base.yaml", tmp_path / "over.yaml"
    base.write_text(yaml.safe_dump(BASE))
    over.write_text(text)
    return read_config(base, over)


def test_without_a_mistake_there_is_a_study():
    assert len(checked_study(BASE, SCHEMA).cells) == 2 + 3 + 4


@pytest.mark.parametrize(("text", "begins", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line_and_status_2(text, begins, says, tmp_path, capsys):
    config = merged(tmp_path, text)
    with pytest.raises(SystemExit) as exit_info:
        checked_study(config, SCHEMA)
    assert exit_info.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"synthgrad: error: {begins}")
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [("1e-1", 0.1), ("1E3", 1000.0), ("-2.5e2", -250.0), (".5e3", 500.0), ("+1.e0", 1.0)],
)
def test_a_number_that_yaml_reads_as_text_is_the_number(tmp_path, text, number):
    # What Snakemake hands over: YAML 1.1 wants a point and a sign, as in 1.0e-1.
    config = merged(tmp_path, f"defaults: {{weight_shift: {text}}}")
    assert config["defaults"]["weight_shift"] == text
    (_, cell), *_ = parse_study(config, SCHEMA).experiments["one"]
    assert cell.setup.weight_shift == number


@pytest.mark.parametrize("text", ["e-1", "1e", "0x1e3", "1e-1 s", "dni-output", "1.2.3e4", ""])
def test_other_text_stays_text(text):
    assert with_numbers({"a": [text]}) == {"a": [text]}


FILES = {
    "not there": (None, "No such file or directory; allowed is a YAML file"),
    "empty": (b"", "is None; allowed is a mapping"),
    "a list": (b"- 1\n", "is [1]; allowed is a mapping"),
    "an open bracket": (b"seeds: [1\n", "line 2: "),
    "a tab": (b"seeds:\n\tevaluation: 1\n", "line 2: found character '\\t'"),
    "a key twice": (b"records: 5\nrecords: 6\n", "line 2: records is given twice"),
    "a key twice within": (b"seeds:\n  tuning: 1\n  tuning: 2\n", "line 3: tuning is given twice"),
}


@pytest.mark.parametrize(("content", "problem"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_config_is_one_line(tmp_path, content, problem):
    path = tmp_path / "bad.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_mapping(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert problem in message
    assert "\n" not in message


def test_an_overlay_replaces_lists_and_merges_mappings(tmp_path):
    (tmp_path / "base.yaml").write_text("a: {x: [1, 2], y: 3}\nb: 1\n")
    (tmp_path / "over.yaml").write_text("a: {x: [9]}\n")
    merged = read_config(tmp_path / "base.yaml", tmp_path / "over.yaml")
    assert merged == {"a": {"x": [9], "y": 3}, "b": 1}


def test_no_shell_command_is_built_from_the_config():
    rules = [*(ROOT / "workflow").rglob("*.smk"), ROOT / "workflow" / "Snakefile"]
    assert not [path for path in rules if "shell:" in path.read_text()]


@given(number=st.floats())
def test_a_weight_scale_is_allowed_if_it_is_finite_and_not_below_0(number):
    config = BASE | {"defaults": {"weight_scale": number}}
    if 0 <= number < float("inf"):
        check(config, SCHEMA)
    else:
        with pytest.raises(ConfigError, match=r"defaults\.weight_scale is"):
            check(config, SCHEMA)
