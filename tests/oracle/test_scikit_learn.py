"""The baseline on the digits beside scikit-learn's network of the same size, on the same splits.

Both have their step size chosen, from every other one of those with which the search of the study
begins, on the validation sets of tuning seeds, and are then looked at on the test sets of
evaluation seeds. The rest of scikit-learn's network is as it comes: without batch normalisation,
with momentum and a little weight decay.
"""

from pathlib import Path

import numpy as np
import pytest

from synthgrad.core.streams import paired_draws
from synthgrad.core.tasks.digits import load_digits, split_digits
from synthgrad.core.training.loop import train
from synthgrad.search.choice import tune
from synthgrad.statistics.intervals import mean_interval
from synthgrad.study.config import read_config
from synthgrad.study.expansion import parse_study

neural_network = pytest.importorskip("sklearn.neural_network", reason="needs scikit-learn")

ROOT = Path(__file__).parents[2]
TUNING_SEEDS, SEEDS = 3, 20

WORSE = 0.01
"""A difference in test error that would matter: a third of the smallest effect in the claims."""


def baseline():
    """The study, and its cell on the digits that backprop trains with one hidden layer."""
    schema = ROOT / "workflow" / "schemas" / "config.schema.yaml"
    study = parse_study(read_config(ROOT / "config" / "config.yaml"), schema)
    for _, cell in study.experiments["digits"]:
        if cell.setup.method == "backprop" and cell.setup.hidden == (64,):
            return study, cell
    raise AssertionError("the study has no such cell")


def their_accuracy(setup, seed, step_size):
    """Accuracy of scikit-learn's network on the part that the setup holds out; 0 if it diverged."""
    images, labels = load_digits()
    training, heldout = split_digits(setup, paired_draws(seed).split)
    network = neural_network.MLPClassifier(
        hidden_layer_sizes=setup.hidden,
        activation=setup.activation,
        solver="sgd",
        batch_size=setup.batch_size,
        learning_rate_init=step_size,
        max_iter=setup.epochs,
        n_iter_no_change=setup.epochs,  # it does not stop before
        random_state=seed,
    )
    try:
        with np.errstate(all="ignore"):
            network.fit(images[training], labels[training])
    except ValueError as error:
        if "non-finite" not in str(error):
            raise
        return 0.0
    assert network.n_iter_ == setup.epochs
    return network.score(images[heldout], labels[heldout])


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer", "ignore::RuntimeWarning")
def test_the_baseline_is_as_good_as_the_network_of_scikit_learn():
    study, cell = baseline()
    assert (cell.setup.activation, cell.setup.loss) == ("relu", "cross-entropy")
    (search,) = study.searches_of(cell)
    validated, tuning_seeds = search.setup, study.tuning_seeds[:TUNING_SEEDS]
    step_sizes = [place.point.step_size for place in search.space.lattice()[::2]]
    ours = tune(validated, tuning_seeds, step_sizes)
    scores = {
        step_size: np.mean([their_accuracy(validated, seed, step_size) for seed in tuning_seeds])
        for step_size in step_sizes
    }
    theirs = max(scores, key=scores.get)
    # Neither is held back by where it is looked for.
    assert not ours.edges
    assert min(scores) < theirs < max(scores)

    seeds = study.evaluation_seeds[:SEEDS]
    history = train(
        cell.setup, seeds, step_size=[ours.step_size] * SEEDS, record=[cell.setup.epochs]
    )
    accuracies = history.measures["heldout_bit_accuracy"][:, -1]
    others = np.array([their_accuracy(cell.setup, seed, theirs) for seed in seeds])
    more_errors = mean_interval(others - accuracies, np.random.default_rng(0))
    assert more_errors.low <= 0, (more_errors, "significantly worse than scikit-learn")
    assert more_errors.high < WORSE, (more_errors, "may be worse by more than matters")
