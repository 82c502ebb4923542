"""The one training loop: a setup and seeds in, a history out.

The two accuracies of a task (`tasks.Task`) keep the names that they have in the
tables and for binary addition: `bit_accuracy` and `sum_accuracy`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synthgrad.core.arrays import Bools, Floats, Integers
from synthgrad.core.network import methods
from synthgrad.core.network.layers import Layer
from synthgrad.core.setup import Setup
from synthgrad.core.streams import DRAWS
from synthgrad.core.tasks import Examples, draw_examples, task_of
from synthgrad.core.training import measures

Tally = Callable[[Sequence[Layer], Floats], Floats]
"""Takes layers and a minibatch's targets to one number a replica."""

STACK_BYTES = 3 << 19
"""Parameters of a stack: small enough to stay in cache, since a step passes over them repeatedly.

A larger stack costs fewer calls a replica. Between 1 and 2 MiB the time hardly changes.
"""


@dataclass(frozen=True)
class History:
    """What a run leaves behind.

    Attributes
    ----------
    seeds : (replicas,) int array
    step_size, generator_step_size : (replicas,) float arrays
    epochs : (recorded,) int array, 0 being the untrained network
    measures : dict of (replicas, epochs + 1) float arrays
        `bit_accuracy` for every epoch, the others for the recorded ones and
        NaN between them; NaN also where a measure is not defined.
    chance : (replicas,) float array
        Bit accuracy of the best constant prediction on the training examples.
    diverged_at : (replicas,) float array
        Epoch after which a parameter was found not to be finite, or NaN. From
        then on accuracies are those of the best constant prediction and the
        other measures NaN.
    representations : list of (replicas, probes, units) float arrays
        What each hidden layer, lowest first, makes of the task's probes at the end;
        NaN for a replica that diverged. Empty where a task has no probes.
    """

    seeds: Integers
    step_size: Floats
    generator_step_size: Floats
    epochs: Integers
    measures: dict[str, Floats]
    chance: Floats
    diverged_at: Floats
    representations: list[Floats]


def recorded_epochs(epochs: int, count: int) -> Integers:
    """About `count` log-spaced epochs from 0 to the last, both included.

    Parameters
    ----------
    epochs, count : int

    Returns
    -------
    (recorded,) array of int

    Examples
    --------
    >>> recorded_epochs(100, count=6)
    array([  0,   1,   3,  10,  32, 100])
    """
    spaced = np.geomspace(1, epochs, max(count - 1, 1)).round().astype(int)
    return np.unique([0, *spaced, epochs])


def stack_size(setup: Setup) -> int:
    """How many replicas to train side by side, so that their parameters stay in cache.

    Parameters
    ----------
    setup : Setup

    Returns
    -------
    int of at least 1

    Examples
    --------
    >>> stack_size(Setup(bits=8, hidden=(64, 32))), stack_size(Setup(hidden=(1024, 1024)))
    (59, 1)
    """
    return max(1, STACK_BYTES // (8 * sum(methods.weights(setup))))


def train(
    setup: Setup,
    seeds: Sequence[int] | Integers,
    *,
    step_size: Floats | None = None,
    generator_step_size: Floats | None = None,
    record: Sequence[int] | Integers | None = None,
    tallies: Mapping[str, Tally] | None = None,
    progress: Callable[[int], object] = lambda replicas: None,
    watch: Callable[[int, Floats], object] = lambda epoch, bit_accuracy: None,
) -> History:
    """Train one replica for each seed.

    Parameters
    ----------
    setup : Setup
    seeds : sequence of int
    step_size, generator_step_size : (replicas,) arrays, default those of the setup
        One value a replica, so that one call trains a whole sweep.
    record : sequence of int, default every epoch
        Epochs at which all measures are taken; 0 is before training.
    tallies : dict of callables, optional
        Each is called after every minibatch with the layers and the minibatch's
        targets and returns a (replicas,) array; their sums over an epoch join
        the measures under the names given.
    progress : callable
        Called after each epoch with the number of replicas that went through it.
    watch : callable
        Called for each epoch and stack with the epoch, 0 being before training,
        and the (replicas,) bit accuracies.

    Returns
    -------
    History
        Bit for bit the same for a replica whatever else is trained beside it.

    Examples
    --------
    Two networks learn to add numbers below 4.

    >>> setup = Setup(bits=3, hidden=(16,), examples=100, epochs=60, step_size=1.0)
    >>> history = train(setup, seeds=[0, 1])
    >>> history.measures["bit_accuracy"].shape
    (2, 61)
    >>> (history.measures["bit_accuracy"][:, -1] > history.chance).all()
    np.True_
    """
    seeds = np.asarray(seeds, dtype=np.int64)
    shape = seeds.shape
    step_size = np.broadcast_to(
        setup.step_size if step_size is None else np.asarray(step_size, float), shape
    )
    generator_step_size = np.broadcast_to(
        setup.generator_step_size
        if generator_step_size is None
        else np.asarray(generator_step_size, float),
        shape,
    )
    record = np.arange(setup.epochs + 1) if record is None else np.asarray(record)
    size = stack_size(setup)
    parts = [
        _train_stack(
            setup,
            seeds[start : start + size],
            step_size[start : start + size],
            generator_step_size[start : start + size],
            record,
            tallies or {},
            progress,
            watch,
        )
        for start in range(0, len(seeds), size)
    ]
    return _join(parts)


class _Taken:
    """Measures of a stack as they are taken: (replicas, epochs + 1), NaN where nothing was put."""

    def __init__(self, replicas: int, epochs: int) -> None:
        self.shape = replicas, epochs + 1
        self.measures: dict[str, Floats] = {}

    def put(self, epoch: int, replicas: Bools | Integers, values: Mapping[str, Floats]) -> None:
        for name, value in values.items():
            if name not in self.measures:
                self.measures[name] = np.full(self.shape, np.nan)
            self.measures[name][replicas, epoch] = value


def _train_stack(
    setup: Setup,
    seeds: Integers,
    step_size: Floats,
    generator_step_size: Floats,
    record: Integers,
    tallies: Mapping[str, Tally],
    progress: Callable[[int], object],
    watch: Callable[[int, Floats], object],
) -> History:
    draws = [DRAWS[setup.draws](int(seed)) for seed in seeds]
    task = task_of(setup)
    training, heldout = draw_examples(setup, draws)
    layers = methods.build_network(setup, draws, step_size, generator_step_size)
    constant = task.constant_answer(training.targets, training.present)
    by_chance = _accuracies(setup, constant, training)
    by_chance |= _heldout(_accuracies(setup, constant, heldout))
    taken = _Taken(len(seeds), setup.epochs)
    diverged_at = np.full(len(seeds), np.nan)
    alive = np.arange(len(seeds))
    order = np.array([streams.order for streams in draws], dtype=object)

    # Divergence is an outcome: a replica may overflow on its way out.
    with np.errstate(over="ignore", invalid="ignore"):
        for epoch in range(setup.epochs + 1):
            if epoch > 0:
                if len(alive):
                    shuffled = _shuffled(training, order[alive]) if setup.shuffle else training
                    taken.put(epoch, alive, _train_epoch(setup, layers, shuffled, tallies))
                progress(len(seeds))
            finite = measures.is_finite(layers)
            if not finite.all():
                diverged_at[alive[~finite]] = epoch
                alive = alive[finite]
                layers = [layer[finite] for layer in layers]
                training, heldout = training.of(finite), heldout.of(finite)
            names = _accuracies_taken(setup, epoch, epoch in record)
            if len(alive):
                taken.put(epoch, alive, _observe_each(setup, layers, training, heldout, names))
            lost = ~np.isnan(diverged_at)
            taken.put(epoch, lost, {name: by_chance[name][lost] for name in names})
            watch(epoch, taken.measures["bit_accuracy"][:, epoch])
        representations = _represent(setup, layers, alive, len(seeds))
    chance = by_chance["bit_accuracy"]
    sizes = step_size, generator_step_size
    return History(seeds, *sizes, record, taken.measures, chance, diverged_at, representations)


def _represent(
    setup: Setup, layers: Sequence[Layer], alive: Integers, replicas: int
) -> list[Floats]:
    """What the hidden layers make of the probes, if there are any."""
    probes = task_of(setup).probes()
    if probes is None:
        return []
    found = [np.full((replicas, len(probes), units), np.nan) for units in setup.hidden]
    if len(alive):
        inputs = np.repeat(probes[None], len(alive), axis=0)
        for kept, output in zip(found, methods.forward(layers, inputs)):
            kept[alive] = output
    return found


def _shuffled(examples: Examples, streams: Iterable[np.random.RandomState]) -> Examples:
    """The examples of each replica in an order drawn from its stream."""
    count = examples.inputs.shape[1]
    order = np.array([stream.permutation(count) for stream in streams])[:, :, None]
    inputs, targets = (np.take_along_axis(part, order, 1) for part in examples[:2])
    return examples._replace(inputs=inputs, targets=targets)


def _train_epoch(
    setup: Setup, layers: Sequence[Layer], training: Examples, tallies: Mapping[str, Tally]
) -> dict[str, Floats]:
    """One pass over the minibatches; returns the sums of the tallies."""
    step = methods.training_step(setup)
    sums = {name: np.zeros(len(training.inputs)) for name in tallies}
    for first in range(0, training.inputs.shape[1], setup.batch_size):
        rows = slice(first, first + setup.batch_size)
        targets = training.targets[:, rows]
        step(layers, training.inputs[:, rows], targets)
        for name, tally in tallies.items():
            sums[name] = sums[name] + tally(layers, targets)
    return sums


def _accuracies_taken(setup: Setup, epoch: int, recorded: bool) -> list[str]:
    """Which accuracies are measured at an epoch, where all measures are taken if `recorded`."""
    if not recorded:
        return ["bit_accuracy"]
    own = ["bit_accuracy", "sum_accuracy"]
    if task_of(setup).heldout_at_end and epoch < setup.epochs:
        return own
    return [*own, *map(_heldout_name, own)]


def _observe_each(
    setup: Setup,
    layers: Sequence[Layer],
    training: Examples,
    heldout: Examples,
    accuracies: Sequence[str],
) -> dict[str, Floats]:
    """`_observe` of one replica after another: what layers make of all examples stays in cache."""
    found = [
        _observe(
            setup, [layer[one] for layer in layers], training.of(one), heldout.of(one), accuracies
        )
        for one in (slice(r, r + 1) for r in range(len(training.inputs)))
    ]
    return {name: np.concatenate([taken[name] for taken in found]) for name in found[0]}


def _observe(
    setup: Setup,
    layers: Sequence[Layer],
    training: Examples,
    heldout: Examples,
    accuracies: Sequence[str],
) -> dict[str, Floats]:
    """Measures of the present weights: bit accuracy alone, or all and of the accuracies these."""
    *hidden, outputs = methods.forward(layers, training.inputs)
    if accuracies == ["bit_accuracy"]:
        return _accuracies(setup, outputs, training, accuracies)
    taken = _accuracies(setup, outputs, training)
    taken["mse"] = measures.squared_error(outputs, training.targets, training.present)
    if setup.loss == "squared-error":
        taken["tutorial_error"] = measures.tutorial_error(outputs, training.targets)
    taken["absolute_error"] = measures.absolute_sum(outputs - training.targets)
    taken["largest_weight"] = measures.largest_weight(layers)
    for k, output in enumerate(hidden, start=1):
        taken[f"spread_{k}"] = measures.spread(output)
        taken[f"similarity_{k}"] = measures.similarity(output)
        if setup.activation == "sigmoid":
            taken[f"saturation_{k}"] = measures.saturation(output)
    instead, true = methods.hidden_gradients(setup, layers, training.inputs, training.targets)
    for k, (gradient, true_gradient) in enumerate(zip(instead, true, strict=True), start=1):
        taken[f"alignment_{k}"] = measures.alignment(gradient, true_gradient)
        taken[f"norm_ratio_{k}"] = measures.norm_ratio(gradient, true_gradient)
    if "heldout_bit_accuracy" in accuracies:
        outputs = methods.forward(layers, heldout.inputs)[-1]
        taken |= _heldout(_accuracies(setup, outputs, heldout))
    return taken


def _accuracies(
    setup: Setup,
    outputs: Floats,
    examples: Examples,
    names: Iterable[str] = ("bit_accuracy", "sum_accuracy"),
) -> dict[str, Floats]:
    task = task_of(setup)
    measure = {"bit_accuracy": task.accuracy, "sum_accuracy": task.exact_accuracy}
    return {name: measure[name](outputs, examples.targets, examples.present) for name in names}


def _heldout(accuracies: Mapping[str, Floats]) -> dict[str, Floats]:
    return {_heldout_name(name): value for name, value in accuracies.items()}


def _heldout_name(accuracy: str) -> str:
    return f"heldout_{accuracy}"


def _join(histories: Sequence[History]) -> History:
    """One history of stacks trained one after another."""
    # A stack of which every replica diverged early lacks what was not yet measured.
    names = dict.fromkeys(name for history in histories for name in history.measures)

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(history, name) for history in histories])

    def joined_measure(name: str) -> Floats:
        parts = [
            history.measures.get(name, np.full_like(history.measures["bit_accuracy"], np.nan))
            for history in histories
        ]
        return np.concatenate(parts)

    return History(
        joined("seeds"),
        joined("step_size"),
        joined("generator_step_size"),
        histories[0].epochs,
        {name: joined_measure(name) for name in names},
        joined("chance"),
        joined("diverged_at"),
        [np.concatenate(parts) for parts in zip(*(h.representations for h in histories))],
    )
