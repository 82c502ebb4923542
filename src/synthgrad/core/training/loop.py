"""The one training loop: a setup and seeds in, a history out."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, CancelledError, ThreadPoolExecutor, wait
from math import ceil
from threading import Event

import numpy as np

from synthgrad.core.arrays import Bools, Floats, Integers, select
from synthgrad.core.kernels import Kernels
from synthgrad.core.setup import Setup
from synthgrad.core.training.history import History, join
from synthgrad.core.training.measures import is_finite
from synthgrad.core.training.observation import (
    Look,
    answer,
    constant_accuracies,
    look_after,
    nothing_answered,
    nothing_represented,
    observe,
    represent,
)
from synthgrad.core.training.passes import Answers, Epochs, Observer, Tally
from synthgrad.core.training.stack import Stack, StepSizes, draw_stack, stack_size, step_sizes

Progress = Callable[[int], object]
Watch = Callable[[int, Floats, Stack], object]


def train(
    setup: Setup,
    seeds: Sequence[int] | Integers,
    *,
    step_size: StepSizes | None = None,
    generator_step_size: StepSizes | None = None,
    record: Sequence[int] | Integers | None = None,
    tallies: Mapping[str, Tally] | None = None,
    progress: Progress = lambda replicas: None,
    watch: Watch = lambda epoch, accuracy, stack: None,
    after_step: Observer | None = None,
    kernels: Kernels | None = None,
    threads: int = 1,
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
        Each takes, after a training step, the layers and the minibatch's targets
        to a (replicas, 1, 1) array, by operations of the layers' kernels; their
        sums over an epoch join the measures under the names given.
    progress : callable
        Called after each epoch with the number of replicas that went through it.
    watch : callable
        Called for each epoch and stack with the epoch, 0 being before training,
        the (replicas,) accuracies and the replicas that are still training.
    after_step : callable, optional
        Called after every training step with the layers and the minibatch's
        targets. Steps are then taken one by one, which is slower and gives the
        same bits.
    kernels : Kernels, default `kernels.chosen`
        What the layers compute with.
    threads : int
        How many stacks of replicas train at once. `progress` and `watch` are then
        called from several threads.

    Returns
    -------
    History
        Bit for bit the same for a replica whatever else is trained beside it.

    Notes
    -----
    A replica leaves its stack when a parameter is no longer finite, and when it is
    done: with `setup.done_after` above 0, after so many epochs on end with a training
    accuracy of 1. Of one that is done all measures are taken once more, and stand at
    the later epochs at which they would have been taken.

    Raises
    ------
    ValueError
        If seeds are no sequence, or there are no seeds or no threads.

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
    if np.ndim(seeds) != 1:
        raise ValueError(f"seeds is {seeds!r}; allowed is a sequence, such as range(3)")
    seeds = np.asarray(seeds, dtype=np.int64)
    if not len(seeds) or threads < 1:
        raise ValueError(
            f"there are {len(seeds)} seeds and {threads} threads; allowed is at least 1 of each"
        )
    own, generators = step_sizes(setup, len(seeds), step_size, generator_step_size)
    record = np.arange(setup.epochs + 1) if record is None else np.asarray(record)
    replicas = min(stack_size(setup), ceil(len(seeds) / threads))

    def train_stack(first: int, progress: Progress) -> History:
        part = slice(first, first + replicas)
        run = _Run(
            setup, seeds[part], own[part], generators[part], tallies or {}, after_step, kernels
        )
        return run.train(record, progress, watch)

    firsts = range(0, len(seeds), replicas)
    if threads == 1:
        return join([train_stack(first, progress) for first in firsts])
    return join(_in_threads(threads, train_stack, firsts, progress))


def _in_threads(
    threads: int,
    train_stack: Callable[[int, Progress], History],
    firsts: Sequence[int],
    progress: Progress,
) -> list[History]:
    """The histories of all stacks; none trains on when one has failed, or after Ctrl-C."""
    stopped = Event()

    def go_on(replicas: int) -> None:
        if stopped.is_set():
            raise CancelledError
        progress(replicas)

    with ThreadPoolExecutor(threads) as pool:
        trained = [pool.submit(train_stack, first, go_on) for first in firsts]
        try:
            done, _ = wait(trained, return_when=FIRST_EXCEPTION)
            for each in done:
                each.result()  # raises what one has failed with
        finally:
            stopped.set()
            pool.shutdown(cancel_futures=True)
    return [each.result() for each in trained]


class _Run:
    """A stack of replicas from its draws to its history."""

    def __init__(
        self,
        setup: Setup,
        seeds: Integers,
        step_size: Floats,
        generator_step_size: Floats,
        tallies: Mapping[str, Tally],
        after_step: Observer | None,
        kernels: Kernels | None,
    ) -> None:
        self.setup, self.seeds = setup, seeds
        self.step_size, self.generator_step_size = step_size, generator_step_size
        self.stack = draw_stack(setup, seeds, step_size, generator_step_size, kernels)
        self.tallies, self.after_step = tallies, after_step
        self.prepare()
        self.chance = constant_accuracies(setup, self.stack)
        self.diverged_at = np.full(len(seeds), np.nan)
        self.answers = nothing_answered(setup, len(seeds))
        self.done_at = np.full(len(seeds), np.nan)
        self.representations = nothing_represented(setup, len(seeds))
        self.measures: dict[str, Floats] = {}

    def prepare(self) -> None:
        self.epochs = Epochs(self.setup, self.stack, self.tallies, self.after_step)
        self.training = Answers(self.stack.layers, self.stack.training)
        self.heldout = Answers(self.stack.layers, self.stack.heldout)

    def train(self, record: Integers, progress: Progress, watch: Watch) -> History:
        # Divergence is an outcome: a replica may overflow on its way out.
        with np.errstate(over="ignore", invalid="ignore"):
            for epoch in range(self.setup.epochs + 1):
                if epoch > 0:
                    self.train_epoch(epoch)
                    progress(len(self.seeds))
                self.drop_diverged(epoch)
                self.measure(epoch, epoch in record)
                watch(epoch, self.measures["bit_accuracy"][:, epoch], self.stack)
                if 0 < self.setup.done_after <= epoch:
                    self.drop_done(epoch, record)
            represent(self.setup, self.stack, self.representations)
            answer(self.setup, self.stack, self.answers)
        return History(
            self.setup,
            self.seeds,
            self.step_size,
            self.generator_step_size,
            record,
            self.measures,
            self.chance["bit_accuracy"],
            self.diverged_at,
            self.done_at,
            self.representations,
            self.answers,
        )

    def train_epoch(self, epoch: int) -> None:
        if len(self.stack.places):
            self.keep(epoch, self.stack.places, self.epochs.train())

    def drop_diverged(self, epoch: int) -> None:
        finite = is_finite(self.stack.layers)
        if not finite.all():
            self.diverged_at[self.stack.places[~finite]] = epoch
            self.go_on_with(finite)

    def drop_done(self, epoch: int, record: Integers) -> None:
        lately = slice(epoch + 1 - self.setup.done_after, epoch + 1)
        right = self.measures["bit_accuracy"][self.stack.places, lately]
        done = (right == 1).all(axis=1)
        if done.any():
            leaving = select(self.stack, done)
            self.done_at[leaving.places] = epoch
            self.let_stand(leaving, epoch, record)
            represent(self.setup, leaving, self.representations)
            answer(self.setup, leaving, self.answers)
            self.go_on_with(~done)

    def let_stand(self, leaving: Stack, epoch: int, record: Integers) -> None:
        """Give replicas that are done their last measures at all later epochs."""
        replicas = leaving.places
        each_epoch = ("bit_accuracy", *self.tallies)
        last = {name: self.measures[name][replicas, epoch] for name in each_epoch}
        self.keep(slice(epoch + 1, None), replicas, last)
        training, heldout = (
            Answers(leaving.layers, examples) for examples in (leaving.training, leaving.heldout)
        )
        found = observe(self.setup, leaving, training, heldout, Look(closely=True, heldout=True))
        for later in record[(epoch < record) & (record <= self.setup.epochs)]:
            look = look_after(self.setup, later, recorded=True)
            wanted = [name for name in found if look.heldout or not name.startswith("heldout_")]
            self.keep(later, replicas, {name: found[name] for name in wanted})

    def go_on_with(self, replicas: Bools) -> None:
        self.stack = select(self.stack, replicas)
        if len(self.stack.places):
            self.prepare()

    def measure(self, epoch: int, recorded: bool) -> None:
        look = look_after(self.setup, epoch, recorded)
        if len(self.stack.places):
            self.keep(
                epoch,
                self.stack.places,
                observe(self.setup, self.stack, self.training, self.heldout, look),
            )
        # A replica that diverged does no better than a constant answer.
        lost = ~np.isnan(self.diverged_at)
        self.keep(epoch, lost, {name: self.chance[name][lost] for name in look.accuracies})

    def keep(
        self, epochs: int | slice, replicas: Bools | Integers, values: Mapping[str, Floats]
    ) -> None:
        shape = len(self.seeds), self.setup.epochs + 1
        for name, value in values.items():
            if name not in self.measures:
                self.measures[name] = np.full(shape, np.nan)
            self.measures[name].T[epochs, replicas] = value
