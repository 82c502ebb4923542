"""Bad input of every kind: one line that names key, value and what is allowed, status 2,
nothing written."""

import copy
import json
import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from synthgrad.cli import main as cli
from synthgrad.study.config import ConfigError, check, read_config
from synthgrad.study.experiments import Study, parse_study
from synthgrad.study.tables import write_table
from synthgrad.workflow import rules as wiring

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"

BASE = """
preset: base
seeds:
  evaluation: {first: 0, count: 3}
  tuning: {first: 1000, count: 1}
records: 5
bootstrap: {resamples: 100, seed: 1}
tuning:
  rungs: [{budget: 0.25, seeds: 1, keep: 2}]
  step_size: [0.1, 1.0]
  generator_step_size: [0.001, 0.01]
defaults: {examples: 60}
experiments:
  one:
    question: Does it?
    vary: {method: [backprop, "dni[output]"], bits: [3]}
    fix: {hidden: [8, 6], epochs: 8}
    step_sizes: tuned
"""


def one(text):
    """Overlay with something else in the experiment."""
    return f"experiments: {{one: {{{text}}}}}"


def ranks(text):
    """Overlay with layers as ranks."""
    network = "{hidden_layers: [1], width: [8], batch_size: [10]}"
    return f"decoupling: {{networks: [{network}], repeats: 1, seconds: 10, {text}}}"


def ranked(width=8, layers=1, batch_size=10, fix="bias: true"):
    """Overlay with layers as ranks and an experiment that has their networks."""
    network = f"{{hidden_layers: [{layers}], width: [{width}], batch_size: [{batch_size}]}}"
    headline = 'question: Why, vary: {method: [backprop, "dni[output]"], bits: [4]}'
    return (
        f"decoupling: {{networks: [{network}], repeats: 1, seconds: 10, bits: 4}}\n"
        f"experiments: {{headline: {{{headline}, fix: {{epochs: 2, {fix}}}, step_sizes: given}}}}"
    )


def fixed(text):
    return one(f"fix: {{{text}}}")


def rung(setting):
    """Overlay with another setting in the one rung of the tuning."""
    name, value = setting.split(": ")
    settings = {"budget": "0.25", "seeds": "1", "keep": "2"} | {name: value}
    return f"tuning: {{rungs: [{{{', '.join(map(': '.join, settings.items()))}}}]}}"


HOSTILE = (
    "; touch pwned",
    "$(touch pwned)",
    "`touch pwned`",
    "a && touch pwned",
    "../../pwned",
    "/tmp/pwned",
    "-rf",
    "a b",
    "{input}",
    "' || true '",
    '\\" || true \\"',
    "full\\n",
    "full\\0",
    "\\e]0;title\\a",
    "fu\\u202ell",
)

# Overlay in YAML, then what the line must say: key, value, what is allowed.
CONFIGS = [
    # Keys that there are not, that are missing, or that are no text.
    ("presett: x", "presett", "not a setting", "allowed are preset"),
    ("seeds: {evaluatoin: {first: 1, count: 1}}", "seeds.evaluatoin", "not a", "evaluation"),
    ("seeds: {evaluation: {last: 1}}", "seeds.evaluation.last", "not a", "first, count"),
    ("bootstrap: {samples: 1}", "bootstrap.samples", "not a", "resamples, seed"),
    ("tuning: {grid: [1]}", "tuning.grid", "not a", "step_size"),
    ("defaults: {bitz: 8}", "defaults.bitz", "not a", "bits"),
    ("defaults: {__class__: 8}", "defaults.__class__", "not a", "bits"),
    (one("varry: {bits: [3]}"), "experiments.one.varry", "not a", "vary"),
    (one("vary: {bitz: [3]}"), "experiments.one.vary", "bitz", "bits"),
    (fixed("bitz: 3"), "experiments.one.fix.bitz", "not a", "bits"),
    ("experiments: {two: {question: x}}", "experiments.two.vary", "missing", "step_sizes"),
    ("1: x", "the config", "1", "allowed is text"),
    ("null: x", "the config", "None", "allowed is text"),
    ("true: x", "the config", "True", "allowed is text"),
    ("2026-01-01: x", "the config", "datetime.date", "allowed is text"),
    ("defaults: {.nan: 1}", "defaults", "nan", "allowed is text"),
    # Wrong types.
    ("preset: 1", "preset", "1", "text"),
    ("preset: [a]", "preset", "['a']", "text"),
    ("preset: null", "preset", "None", "text"),
    ("seeds: 5", "seeds", "5", "a mapping"),
    ("seeds: null", "seeds", "None", "a mapping"),
    ("seeds: {evaluation: 5}", "seeds.evaluation", "5", "a mapping"),
    ("seeds: {evaluation: [1, 2, 2]}", "seeds.evaluation", "[1, 2, 2]", "a mapping"),
    ("seeds: {evaluation: {first: zero}}", "seeds.evaluation.first", "'zero'", "whole number"),
    ("seeds: {evaluation: {count: 3.0}}", "seeds.evaluation.count", "3.0", "whole number"),
    ("seeds: {evaluation: {count: true}}", "seeds.evaluation.count", "True", "whole number"),
    ("seeds: {evaluation: {count: '3'}}", "seeds.evaluation.count", "'3'", "whole number"),
    ("seeds: {per_job: half}", "seeds.per_job", "'half'", "whole number"),
    ("seeds: {per_job: 1.5}", "seeds.per_job", "1.5", "whole number"),
    ("records: ten", "records", "'ten'", "whole number"),
    ("records: 10.0", "records", "10.0", "whole number"),
    ("records: 1e1", "records", "'1e1'", "whole number"),
    ("records: true", "records", "True", "whole number"),
    ("records: 2026-01-01", "records", "2026", "numbers"),
    ("bootstrap: []", "bootstrap", "[]", "a mapping"),
    ("bootstrap: {resamples: 99.5}", "bootstrap.resamples", "99.5", "whole number"),
    ("bootstrap: {seed: x}", "bootstrap.seed", "'x'", "whole number"),
    ("tuning: 3", "tuning", "3", "a mapping"),
    (rung("budget: many"), "tuning.rungs.0.budget", "'many'", "a number"),
    (rung("keep: many"), "tuning.rungs.0.keep", "'many'", "whole number"),
    ("tuning: {step_size: 0.1}", "tuning.step_size", "0.1", "a list"),
    ("tuning: {step_size: [fast]}", "tuning.step_size.0", "'fast'", "a number"),
    ("tuning: {step_size: [true]}", "tuning.step_size.0", "True", "a number"),
    ("tuning: {step_size: [[0.1]]}", "tuning.step_size.0", "[0.1]", "a number"),
    ("tuning: {generator_step_size: [null]}", "tuning.generator_step_size.0", "None", "a number"),
    ("defaults: [1]", "defaults", "[1]", "a mapping"),
    ("defaults: {method: 1}", "defaults.method", "1", "text"),
    ("defaults: {bias: 1}", "defaults.bias", "1", "true or false"),
    ("defaults: {bias: 'no'}", "defaults.bias", "'no'", "true or false"),
    ("defaults: {hidden: 64}", "defaults.hidden", "64", "a list"),
    ("defaults: {hidden: [64, x]}", "defaults.hidden.1", "'x'", "whole number"),
    ("defaults: {bits: 8.0}", "defaults.bits", "8.0", "whole number"),
    ("defaults: {weight_scale: big}", "defaults.weight_scale", "'big'", "a number"),
    ("experiments: []", "experiments", "[]", "a mapping"),
    (one("question: 3"), "experiments.one.question", "3", "text"),
    (one("vary: 3"), "experiments.one.vary", "3", "a mapping"),
    (one("vary: {bits: 3}"), "experiments.one.vary.bits", "3", "a list"),
    (one("vary: {bits: [three]}"), "experiments.one.vary.bits", "'three'", "whole number"),
    (one("vary: {bits: [3, 3.0]}"), "experiments.one.vary.bits", "3.0", "different values"),
    (one("vary: {bits: [4.0]}"), "experiments.one.vary.bits", "4.0", "whole number"),
    (one("vary: {bias: [yess]}"), "experiments.one.vary.bias", "'yess'", "true or false"),
    (one("vary: {epochs: [8], hidden: [8]}"), "experiments.one.vary.hidden", "8", "a list"),
    (one("vary: {edition: [[[a]]]}"), "experiments.one.vary.edition", "[['a']]", "text"),
    (fixed("hidden: 8"), "experiments.one.fix.hidden", "8", "a list"),
    (one("step_sizes: maybe"), "experiments.one.step_sizes", "'maybe'", "tuned, given"),
    (one("step_sizes: true"), "experiments.one.step_sizes", "True", "tuned, given"),
    # Out of range, not finite, or huge.
    ("seeds: {evaluation: {first: -1}}", "seeds.evaluation.first", "-1", "at least 0"),
    ("seeds: {evaluation: {first: 4294967296}}", "seeds.evaluation.first", "4294967296", "at most"),
    ("seeds: {evaluation: {count: 0}}", "seeds.evaluation.count", "0", "at least 1"),
    ("seeds: {evaluation: {count: -3}}", "seeds.evaluation.count", "-3", "at least 1"),
    ("seeds: {evaluation: {count: 100001}}", "seeds.evaluation.count", "100001", "at most 100000"),
    ("seeds: {tuning: {count: 0}}", "seeds.tuning.count", "0", "at least 1"),
    ("seeds: {per_job: 0}", "seeds.per_job", "0", "at least 1"),
    ("seeds: {per_job: -5}", "seeds.per_job", "-5", "at least 1"),
    ("records: 0", "records", "0", "at least 2"),
    ("records: 1", "records", "1", "at least 2"),
    ("records: -3", "records", "-3", "at least 2"),
    ("records: 1000000000000", "records", "1000000000000", "at most 100000"),
    ("records: .nan", "records", "nan", "finite"),
    ("bootstrap: {resamples: 0}", "bootstrap.resamples", "0", "at least 100"),
    ("bootstrap: {resamples: 99}", "bootstrap.resamples", "99", "at least 100"),
    ("bootstrap: {resamples: 10000000000}", "bootstrap.resamples", "10000000000", "at most"),
    ("bootstrap: {seed: -1}", "bootstrap.seed", "-1", "at least 0"),
    (rung("keep: 0"), "tuning.rungs.0.keep", "0", "at least 1"),
    (rung("budget: 0"), "tuning.rungs.0.budget", "0", "more than 0"),
    (rung("budget: 1.5"), "tuning.rungs.0.budget", "1.5", "at most 1"),
    (rung("keep: 1.0"), "tuning.rungs.0.keep", "1.0", "a whole number"),
    (rung("seeds: 2"), "tuning.rungs", "seeds is 2", "at most the 1"),
    (rung("epochs: 2"), "tuning.rungs.0.epochs", "not a setting", "budget, seeds, keep"),
    ("tuning: {rungs: []}", "tuning.rungs", "[]", "at least 1"),
    ("defaults: {generator_hidden: -1}", "generator_hidden", "-1", "at least 0"),
    (
        "defaults: {generator_step: fast}",
        "defaults.generator_step",
        "'fast'",
        "one of plain, normalised",
    ),
    ("defaults: {examples: most}", "examples", "'most'", "all"),
    ("defaults: {examples: true}", "defaults.examples", "True", "a whole number or text"),
    ("experiments: {one: null}", "experiments are", "null", "at least one"),
    (
        one("vary: {bits: [{bits: 3, bitz: 4}]}"),
        "experiments.one.vary.bits.0.bitz",
        "not a",
        "bits",
    ),
    (one("vary: {bits: [{bits: 3, epochs: 4}]}"), "experiments.one.fix.epochs", "8", "vary it or"),
    ("tuning: {step_size: [0]}", "tuning.step_size.0", "0", "more than 0"),
    ("tuning: {step_size: [-0.1]}", "tuning.step_size.0", "-0.1", "more than 0"),
    ("tuning: {step_size: [0.1, .nan]}", "tuning.step_size.1", "nan", "finite"),
    ("tuning: {step_size: [.inf]}", "tuning.step_size.0", "inf", "finite"),
    ("tuning: {step_size: [1.0e+999]}", "tuning.step_size.0", "inf", "finite"),
    (f"tuning: {{step_size: [1{'0' * 400}]}}", "tuning.step_size.0", "1000000", "at most 1000000"),
    ("tuning: {generator_step_size: [0.0]}", "tuning.generator_step_size.0", "0.0", "more than 0"),
    ("tuning: {generator_step_size: [-.inf]}", "tuning.generator_step_size.0", "-inf", "finite"),
    ("defaults: {examples: 0}", "examples", "0", "at least 1"),
    ("defaults: {examples: 5}", "batch_size", "10", "number of examples, 5"),
    ("defaults: {heldout_examples: -1}", "heldout_examples", "-1", "at least 0"),
    ("defaults: {batch_size: 61}", "batch_size", "61", "number of examples, 60"),
    ("defaults: {weight_scale: -1}", "weight_scale", "-1", "at least 0"),
    ("defaults: {weight_shift: .nan}", "defaults.weight_shift", "nan", "finite"),
    ("defaults: {weight_shift: -.inf}", "defaults.weight_shift", "-inf", "finite"),
    ("defaults: {generator_scale: -0.1}", "generator_scale", "-0.1", "at least 0"),
    (f"defaults: {{weight_scale: 1{'0' * 400}}}", "weight_scale", "10000", "finite"),
    ("defaults: {examples: 1000000000000}", "examples", "1000000000000", "at most 64000 MB"),
    ("defaults: {heldout_examples: 1000000000000}", "heldout_examples", "1000000", "64000 MB"),
    (fixed("epochs: 0"), "experiments.one", "epochs is 0", "at least 1"),
    (fixed("epochs: -1"), "experiments.one", "epochs is -1", "at least 1"),
    (fixed("epochs: 1000000000000"), "experiments.one", "epochs is 10000", "at most 64000 MB"),
    (fixed("hidden: []"), "experiments.one", "hidden is []", "one or more layer sizes"),
    (fixed("hidden: [0]"), "experiments.one", "hidden is [0]", "at least 1"),
    (fixed("hidden: [8, -1]"), "experiments.one", "hidden is [8, -1]", "at least 1"),
    (fixed("hidden: [1000000, 1000000]"), "experiments.one", "hidden is [1000", "64000 MB"),
    (fixed("batch_size: 0"), "experiments.one", "batch_size is 0", "at least 1"),
    (one("vary: {bits: [1]}"), "experiments.one", "bits is 1", "from 2 to 54"),
    (one("vary: {bits: [55]}"), "experiments.one", "bits is 55", "from 2 to 54"),
    (one("vary: {bits: [3, .nan]}"), "experiments.one.vary.bits.1", "nan", "finite"),
    (one("vary: {hidden: [[]]}"), "experiments.one", "", "hidden"),
    (one("vary: {bits: [1000000000000000000000]}"), "experiments.one", "1000000000", "2 to 54"),
    # Nothing, or the same twice.
    ("tuning: {step_size: []}", "tuning.step_size", "[]", "at least 1"),
    ("tuning: {generator_step_size: []}", "tuning.generator_step_size", "[]", "at least 1"),
    ("tuning: {step_size: [0.1, 0.10]}", "tuning.step_size", "[0.1, 0.1]", "different values"),
    ("tuning: {step_size: [1, 1.0]}", "tuning.step_size", "[1, 1.0]", "different values"),
    (one("vary: {bits: []}"), "experiments.one.vary.bits", "[]", "at least 1"),
    (one("vary: {bits: [3, 4, 3]}"), "experiments.one.vary.bits", "[3, 4, 3]", "different values"),
    (
        one("vary: {method: [frozen, frozen]}"),
        "experiments.one.vary.method",
        "['frozen', 'frozen']",
        "different values",
    ),
    (one("question: ''"), "experiments.one.question", "''", "at least 1 character"),
    ("preset: ''", "preset", "''", "text like"),
    # Ranks without networks to train.
    (ranks("bits: 8"), "decoupling.bits", "8", "decoupling: null"),
    (ranks("bits: 3"), "decoupling.bits", "3", "experiments.headline has backprop"),
    (ranks("bits: 1"), "decoupling.bits", "1", "at least 2"),
    (ranked(batch_size=3000), "decoupling.networks", "batch_size is 3000", "at most"),
    (ranked(width=100000, layers=5), "decoupling.networks", "hidden", "64000 MB"),
    (ranked(fix="shuffle: true"), "experiments.headline", "shuffle", "is neither"),
    # Seeds that would be used twice.
    ("seeds: {tuning: {first: 0}}", "seeds.tuning", "seed 0", "other seeds"),
    ("seeds: {tuning: {first: 2}}", "seeds.tuning", "seed 2", "other seeds"),
    ("seeds: {evaluation: {first: 999, count: 9}}", "seeds.tuning", "seed 1000", "other seeds"),
    ("seeds: {tuning: {first: 0, count: 100000}}", "seeds.tuning", "seed 0", "other seeds"),
    # Names of things that there are not.
    (one("vary: {method: [sgd]}"), "experiments.one", "'sgd'", "backprop"),
    (one("vary: {method: [Backprop]}"), "experiments.one", "'Backprop'", "backprop"),
    (one("vary: {method: ['']}"), "experiments.one", "''", "backprop"),
    (one("vary: {method: [dni]}"), "experiments.one", "'dni'", "dni[CONDITIONS]"),
    (one("vary: {method: ['dni[]']}"), "experiments.one", "'dni[]'", "dni[CONDITIONS]"),
    (one("vary: {method: ['dni[foo]']}"), "experiments.one", "'dni[foo]'", "input+output"),
    (one("vary: {method: ['dni[label+output]']}"), "experiments.one", "dni[label", "in that order"),
    (one("vary: {method: ['dni[output+output]']}"), "experiments.one", "output+output", "in that"),
    (one("vary: {method: ['dni[output] ']}"), "experiments.one", "'dni[output] '", "dni["),
    (one("vary: {edition: [foo]}"), "experiments.one", "'foo'", "vanilla-12bit"),
    (fixed("edition: foo"), "experiments.one", "'foo'", "vanilla-12bit"),
    (fixed("step_direction: up"), "experiments.one.fix.step_direction", "'up'", "descent, ascent"),
    (one("vary: {draws: [mine]}"), "experiments.one.vary.draws", "'mine'", "paired, published"),
    (fixed("bias_reduction: max"), "experiments.one.fix.bias_reduction", "'max'", "sum, mean"),
    # Settings that contradict one another.
    ("defaults: {edition: dni-output}", "defaults.edition", "'dni-output'", "vary and fix"),
    (fixed("bits: 4"), "experiments.one.fix.bits", "4", "vary it or to fix it"),
    (one("vary: {step_size: [0.1]}"), "experiments.one.vary.step_size", "0.1", "given"),
    (
        one("vary: {generator_step_size: [0.1]}"),
        "experiments.one.vary.generator_step_size",
        "0.1",
        "step_sizes: given",
    ),
    (fixed("decouple_last: true"), "experiments.one", "decouple_last is true", "only with dni"),
    (
        one(f"vary: {{batch_size: {list(range(1, 200))}, examples: {list(range(10, 200))}}}"),
        "experiments.one.vary",
        "75620 cells",
        "at most 10000",
    ),
    (fixed(f"hidden: {[8] * 120}"), "experiments.one", "characters", "at most 220"),
    # Text that is none.
    (one('question: "\\uD800"'), "experiments.one.question", "ud800", "UTF-8"),
    *((f'preset: "{name}"', "preset", name[:1], "text like") for name in HOSTILE[:12]),
    *((f'preset: "{name}"', "preset", "is '", "text like") for name in HOSTILE[12:]),
    *((one(f'vary: {{method: ["{name}"]}}'), "experiments.one", "", "dni[") for name in HOSTILE),
    *((one(f'vary: {{edition: ["{name}"]}}'), "experiments.one", "", "dni-") for name in HOSTILE),
    *((f'experiments: {{"{name}": {{}}}}', "experiments", "", "text like") for name in HOSTILE),
    *((f'"{name}": 1', "", "not a setting", "allowed are preset") for name in HOSTILE),
    (f"preset: {'a' * 65}", "preset", "aaaa", "at most 64"),
]

FILES = {
    "not there": (None, "No such file"),
    "empty": (b"", "is empty"),
    "a comment alone": (b"# nothing\n", "is empty"),
    "a list": (b"- 1\n", "[1]"),
    "a number": (b"3\n", "3"),
    "Latin-1": ("preset: \xe9t\xe9\n".encode("latin-1"), "UTF-8"),
    "UTF-16": ("preset: a\n".encode("utf-16"), "UTF-8"),
    "binary": (bytes(range(256)), "UTF-8"),
    "control characters": (b"preset: \x01\n", "not YAML"),
    "an open bracket": (b"seeds: [1\n", "line 2"),
    "a tab": (b"seeds:\n\tevaluation: 1\n", "line 2"),
    "two documents": (b"preset: a\n---\npreset: b\n", "line 2"),
    "a key twice": (b"records: 5\nrecords: 6\n", "records is given twice"),
    "a key twice within": (b"seeds:\n  tuning: 1\n  tuning: 2\n", "line 3"),
    "an alias": (b"a: &a [1]\nb: *a\n", "*a is an alias"),
    "a loop": (b"a: &a {b: *a}\n", "*a is an alias"),
    "a bomb": (b"a: &a [x, x]\nb: &b [*a, *a]\n", "line 2"),
    "an object": (b"a: !!python/object/apply:os.getcwd []\n", "line 1"),
    "a module": (b"a: !!python/module:os\n", "is a tag"),
    "a name": (b"a: !!python/name:os.system\n", "is a tag"),
    "a tuple": (b"a: !!python/tuple [1]\n", "is a tag"),
    "a set": (b"a: !!set {1}\n", "is a tag"),
    "bytes": (b"a: !!binary aGk=\n", "is a tag"),
    "a local tag": (b"a: !foo 1\n", "is a tag"),
    "code for Snakemake": (b"__use_yte__: true\npreset: ?open('pwned', 'w')\n", "__use_yte__"),
    "no such day": (b"a: 2026-99-99\n", "not YAML"),
    "a number of too many digits": (b"a: 1" + b"0" * 5000, "not YAML"),
    "a list as key": (b"? [1]\n: 2\n", "line 1"),
    "too deep": (b"a: " + b"[" * 5000 + b"]" * 5000, "too deep"),
}

TRAIN = "train --method backprop --bits 4 "

COMMANDS = [
    ("train", "--method", "Missing", ""),
    ("train --method backprop", "--bits", "Missing", ""),
    ("train --bits 4", "--method", "Missing", ""),
    ("train --method", "--method", "requires an argument", ""),
    ("train --method sgd --bits 4", "--method", "'sgd'", "backprop"),
    ("train --method dni --bits 4", "--method", "'dni'", "dni[CONDITIONS]"),
    ("train --method dni[] --bits 4", "--method", "'dni[]'", "allowed"),
    ("train --method dni[foo] --bits 4", "--method", "dni[foo]", "input+output"),
    ("train --method dni[label+output] --bits 4", "--method", "label+output", "in that order"),
    ("train --method dni[output+output] --bits 4", "--method", "output+output", "in that order"),
    ("train --method DNI[output] --bits 4", "--method", "DNI[output]", "allowed"),
    ("train --method dni[output]; --bits 4", "--method", "dni[output];", "allowed"),
    *(
        (f"train --method backprop --bits {bits}", "--bits", bits, allowed)
        for bits, allowed in [
            ("0", "from 2 to 54"),
            ("1", "from 2 to 54"),
            ("-4", "from 2 to 54"),
            ("55", "from 2 to 54"),
            ("9" * 30, "from 2 to 54"),
            ("four", "integer"),
            ("4.0", "integer"),
            ("nan", "integer"),
            ("0x4", "integer"),
        ]
    ),
    *(
        (f"{TRAIN}{option} {value}", option, value, allowed)
        for option, allowed in [
            ("--epochs", "at least 1"),
            ("--examples", "at least 1"),
            ("--batch-size", "at least 1"),
        ]
        for value in ("0", "-1")
    ),
    *(
        (f"{TRAIN}{option} {value}", option, value, kind)
        for option, kind in [
            ("--epochs", "integer"),
            ("--examples", "a whole number and all"),
            ("--batch-size", "integer"),
        ]
        for value in ("1.5", "nan", "ten", "1e3")
    ),
    *(
        (f"{TRAIN}{option} {value}", option, value, "at least 0")
        for option in ("--step-size", "--generator-step-size")
        for value in ("nan", "inf", "-inf", "-0.1")
    ),
    *(
        (f"{TRAIN}{option} {value}", option, value, "float")
        for option in ("--step-size", "--generator-step-size")
        for value in ("fast", "0,1", "True")
    ),
    *(
        (f"{TRAIN}--hidden {sizes}", "--hidden", shown, "allowed")
        for sizes, shown in [
            ("0", "[0]"),
            ("8,0", "[8, 0]"),
            ("-8", "[-8]"),
            ("8,x", "8,x"),
            ("8,", "8,"),
            ("8.5", "8.5"),
            ("[8,6]", "[8,6]"),
            ("8;6", "8;6"),
        ]
    ),
    *(
        (f"{TRAIN}--seed {seed}", "--seed", seed, allowed)
        for seed, allowed in [
            ("-1", "0<=x<=4294967295"),
            ("4294967296", "0<=x<=4294967295"),
            ("one", "integer"),
            ("1.0", "integer"),
        ]
    ),
    *(
        (f"{TRAIN}--seeds {seeds}", "--seeds", seeds, allowed)
        for seeds, allowed in [
            ("0", "1<=x"),
            ("-2", "1<=x"),
            ("100001", "100000"),
            ("x", "integer"),
        ]
    ),
    (f"{TRAIN}--seed 1 --seeds 2", "--seed", "--seeds", "allowed is one"),
    (f"{TRAIN}--examples 5", "--batch-size", "10", "number of examples, 5"),
    (f"{TRAIN}--examples 1000000000000", "--examples", "1000000000000", "at most 64000 MB"),
    (f"{TRAIN}--epochs 1000000000000", "--epochs", "1000000000000", "at most 64000 MB"),
    (f"{TRAIN}--hidden 1000000,1000000", "--hidden", "1000000", "at most 64000 MB"),
    (f"{TRAIN}--seeds 100000 --epochs 9999999", "--epochs", "9999999", "at most 64000 MB"),
    (f"{TRAIN}--bitz 3", "--bitz", "No such option", ""),
    (f"{TRAIN}extra", "extra", "unexpected", ""),
    ("replay", "EDITION", "Missing", ""),
    ("replay foo", "EDITION", "'foo'", "vanilla-12bit"),
    ("replay DNI-OUTPUT", "EDITION", "'DNI-OUTPUT'", "dni-output"),
    ("replay dni-output --iterations 0", "--iterations", "0", "x>=1"),
    ("replay dni-output --iterations -5", "--iterations", "-5", "x>=1"),
    ("replay dni-output --iterations many", "--iterations", "many", "integer"),
    ("replay dni-output --iterations 99999999999", "--iterations", "99999999999", "64000 MB"),
    ("replay dni-output --seed 4294967296", "--seed", "4294967296", "0<=x<=4294967295"),
    ("replay dni-output --seed -1", "--seed", "-1", "0<=x<=4294967295"),
    ("replay dni-output --method backprop", "--method", "No such option", ""),
    ("portability", "FOLDER", "Missing", ""),
    ("portability file", "FOLDER", "file", "is a file"),
    ("portability file/below", "file", "is not a folder", "make it one or remove it"),
    ("portability one two", "two", "unexpected extra argument", ""),
    ("decoupling", "FOLDER", "Missing", ""),
    ("decoupling file", "FOLDER", "file", "is a file"),
    ("verify", "RUNS", "Missing", ""),
    ("verify nowhere", "RUNS", "nowhere", "does not exist"),
    ("verify . nowhere", "PUBLISHED", "nowhere", "does not exist"),
    ("verify file", "RUNS", "file", "is a file"),
    ("verify . .", "runs.parquet", "No such file", "run again"),
    ("editions extra", "extra", "unexpected", ""),
    ("foo", "foo", "No such command", ""),
    ("--foo", "--foo", "No such option", ""),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder but for the base config and a file."""
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE)
    Path("file").write_text("")
    return tmp_path


def refused(capsys, function, *arguments):
    """The one line with which something ends; nothing may be written."""
    before = sorted(Path().rglob("*"))
    with pytest.raises(SystemExit) as exit_info:
        function(*arguments)
    assert exit_info.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("synthgrad: error: ")
    assert err.endswith("\n")
    assert err[:-1].isprintable(), err
    assert sorted(Path().rglob("*")) == before
    return err.removeprefix("synthgrad: error: ")


def load(*paths):
    """What Snakemake's profile and Snakefile do with config files."""
    wiring.readable_or_exit(*paths)
    return wiring.study_or_exit(read_config(*paths), SCHEMA)


def test_there_are_enough_cases_and_the_config_without_them_is_right(folder):
    assert len(CONFIGS) + len(FILES) + len(COMMANDS) >= 150
    assert len(load("base.yaml").cells()) == 2


@pytest.mark.parametrize(("text", "key", "value", "allowed"), CONFIGS)
def test_a_bad_config(folder, capsys, text, key, value, allowed):
    Path("bad.yaml").write_text(text)
    line = refused(capsys, load, "base.yaml", "bad.yaml")
    assert line.startswith(key) or f": {key} is " in line, line
    assert value in line
    assert allowed in line


@pytest.mark.parametrize(("content", "problem"), FILES.values(), ids=FILES)
def test_a_bad_config_file(folder, capsys, content, problem):
    if content is not None:
        Path("bad.yaml").write_bytes(content)
    line = refused(capsys, load, "base.yaml", "bad.yaml")
    assert line.startswith("bad.yaml: ")
    assert problem in line


@pytest.mark.parametrize(("command", "key", "value", "allowed"), COMMANDS)
def test_a_bad_command_line(folder, capsys, command, key, value, allowed):
    line = refused(capsys, cli.main, command.split())
    assert key in line
    assert value in line
    assert allowed in line


@pytest.mark.parametrize(
    "content",
    [b"", b"claim\n", b"verdict\n1\n", b"claim,verdict\na,b\na,c\n", b"\xff", b'claim\n"'],
)
def test_a_bad_table_of_verdicts(folder, capsys, content):
    cell = {"experiment": ["a"], "cell": ["a"], "seed": [0]}
    write_table(cell | {"epoch": [0]}, "runs", "runs.parquet")
    write_table(cell, "outcomes", "outcomes.parquet")
    Path("claims.csv").write_bytes(content)
    assert refused(capsys, cli.main, ["verify", ".", "."]).startswith("claims.csv cannot be read")


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("snakemake", []),
        ("snakemake --configfile a.yaml", ["a.yaml"]),
        ("snakemake -n --configfile=a.yaml --quiet", ["a.yaml"]),
        ("snakemake --configfiles a.yaml b.yaml --cores 2", ["a.yaml", "b.yaml"]),
        ("snakemake --config preset=b --configfile a.yaml -- paper", ["a.yaml"]),
        ("snakemake --configfile", []),
    ],
)
def test_config_files_are_found_on_the_command_line(command, files):
    assert wiring.config_files(command.split()) == files


def test_no_shell_command_is_built_from_the_config():
    rules = [*(ROOT / "workflow").rglob("*.smk"), ROOT / "workflow" / "Snakefile"]
    assert not [path for path in rules if "shell:" in path.read_text()]


# Anything at all in place of any part of the config.

PLAIN = yaml.safe_load(BASE)

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["dni[output]", "tuned", "given", "dni-output", 3, 8, 0.1, [3], [8, 6]]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value):
    """The path to every part of a config."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield (key,)
            yield from ((key, *path) for path in places(part))


def outcome(function, *arguments):
    """What a function gives, and the message if it refuses instead."""
    try:
        return function(*arguments), ""
    except ConfigError as error:
        return None, str(error)


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0), ANYTHING), min_size=1, max_size=3))
def test_any_config_is_a_study_or_refused_in_one_line(changes):
    config = copy.deepcopy(PLAIN)
    for number, value in changes:
        paths = list(places(config))
        if not paths:
            break
        *parents, last = paths[number % len(paths)]
        part = config
        for key in parents:
            part = part[key]
        part[last] = copy.deepcopy(value)
    study, refusal = outcome(parse_study, config, SCHEMA)
    if refusal:
        assert refusal.isprintable()
        assert len(refusal) < 700
    else:
        assert isinstance(study, Study)
        assert json.loads(json.dumps(config, allow_nan=False)) == config
        assert all("/" not in name and name.isprintable() for name in study.jobs())


@settings(max_examples=200, deadline=None)
@given(
    content=st.binary(max_size=60)
    | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_file_is_a_mapping_or_refused_in_one_line(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / "any.yaml"
    path.write_bytes(content)
    config, refusal = outcome(read_config, path)
    if refusal:
        assert refusal.isprintable()
        assert refusal.startswith(str(path))
    else:
        assert isinstance(config, dict)


@given(number=st.floats())
def test_a_step_size_is_allowed_if_it_is_positive_and_not_huge(number):
    config = copy.deepcopy(PLAIN)
    config["tuning"]["step_size"] = [number]
    if math.isfinite(number) and 0 < number <= 1_000_000:
        check(config, SCHEMA)
    else:
        with pytest.raises(ConfigError, match=r"tuning\.step_size\.0"):
            check(config, SCHEMA)
