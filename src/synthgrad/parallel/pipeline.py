"""One network as a pipeline of MPI ranks, each with consecutive layers.

Activations go up from rank to rank, training targets come down. The layers are
those of `network` and learn by the same methods; only the order differs:

- ``locked``: backprop or feedback alignment. A rank waits for the gradient at
  its output before it goes on to the next minibatch. A minibatch may be split
  into micro-batches that follow one another through the ranks, which then wait
  less (Huang et al. 2019, GPipe); the update is that of the whole minibatch.
- ``lock-step``: decoupled layers in the order of the single process. A rank
  updates at once from its synthetic gradients, but waits for the target of its
  topmost generator before it goes on.
- ``decoupled``: the same without that wait (Jaderberg et al. 2017). The target
  trains the generator when it arrives, which may be some minibatches later; at
  most `outstanding` targets may be missing at a time. The generator predicts
  again from what it saw then, and that prediction is compared with the target.

Layers with a loss of their own (``local-loss``) run in the latter two ways, too.
Nothing comes down to them, so a rank waits only until the rank above has taken its
activations: in lock-step the last one, decoupled all but `outstanding`. What it
learns is the same either way.

Every rank draws the task and the whole network from the seeds, so neither
inputs nor labels are ever sent. All sends are non-blocking: a long message goes
only when its receiver is there, and ranks that stood still until then could
stand still for each other. All waits have a limit.
"""

from collections import deque
from functools import cache
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np

from synthgrad.core.kernels.compiled import COMPILED
from synthgrad.core.network.build import build_network
from synthgrad.core.network.sizes import multiplications
from synthgrad.core.streams import DRAWS
from synthgrad.core.tasks import draw_examples
from synthgrad.parallel.mpi import wait_for
from synthgrad.parallel.programs import (
    LATE_TARGETS,
    DecoupledPrograms,
    LockedPrograms,
    Recording,
)

WAYS = ("locked", "lock-step", "decoupled")

LOCKED = ("backprop", "feedback-alignment")
"""The methods in which every layer needs a gradient from above."""

SILENT = "local-loss"
"""The method in which nothing comes down."""

OUTSTANDING = 4
"""How many targets of a decoupled rank may be missing when it goes on, if not told otherwise."""

ACTIVATION, TARGET, PARAMETERS = range(3)
"""Tags of the messages; those of one tag between two ranks arrive in order."""


class Awaiting(NamedTuple):
    """What is kept of a minibatch whose target is still to come."""

    minibatch: int
    kept: list
    target: np.ndarray
    request: object


def share_layers(setup, ranks):
    """Which layers each rank has: a list of slices, lowest layers first.

    Of all ways to cut the network, the one whose busiest rank has the fewest
    multiplications.
    """
    sizes = setup.sizes
    layers = len(sizes) - 1
    if not 1 <= ranks <= layers:
        raise ValueError(f"ranks is {ranks}; allowed is 1 to {layers}, the number of layers")
    return list(_even_shares(tuple(multiplications(setup)), ranks))


@cache
def _even_shares(costs, ranks):
    layers = len(costs)

    def busiest(shares):
        return max(sum(costs[share]) for share in shares)

    cuts = ((0, *inner, layers) for inner in combinations(range(1, layers), ranks - 1))
    return min(([slice(*ends) for ends in pairwise(cut)] for cut in cuts), key=busiest)


class Stage:
    """One rank of a pipeline. All ranks make one with the same arguments.

    Parameters
    ----------
    comm : mpi4py communicator
    setup : Setup
    seeds : sequence of int, one a replica
    way : "locked", "lock-step" or "decoupled"
    outstanding : int
        Decoupled only: how many targets of a rank may be missing when it goes
        on to the next minibatch. With 0, decoupled is lock-step.
    late_targets : "repredicted" or "kept"
        Decoupled only: whether a target is compared with what the generator, as it
        is now, predicts from what it saw then, or with the prediction of then.
        They differ only where the target is late.
    micro_batches : int
        Locked only: into how many equal parts each minibatch is split.
    limit : float
        Seconds after which a wait ends in `Overdue`.
    network : list of Layer, optional
        Go on with these layers, of the same setup and seeds, instead of drawing them.

    Attributes
    ----------
    comm, way : as given
    network : list of Layer
        All layers; those of other ranks are as drawn, until `gather`.
    share : slice
    layers : list of Layer
        This rank's own.
    batch_size : int
    staleness : list of int
        For each update of the topmost generator, how many predictions it had
        made since the one that the target was for. Generators whose next layer is on the same
        rank have their target at once, as has that of the network's last layer.
    waited : float
        Seconds without anything to do.
    sent_bytes : int
        Size of the activations and targets sent.
    """

    def __init__(
        self,
        comm,
        setup,
        seeds,
        way,
        *,
        outstanding=OUTSTANDING,
        late_targets=LATE_TARGETS[0],
        micro_batches=1,
        limit=60.0,
        network=None,
    ):
        require_fitting(setup, way, outstanding, micro_batches, late_targets)
        shares = share_layers(setup, comm.size)
        draws = [DRAWS[setup.draws](int(seed)) for seed in seeds]
        self.examples, _ = draw_examples(setup, draws)
        step_sizes = [np.full(len(draws), s) for s in (setup.step_size, setup.generator_step_size)]
        self.network = network or build_network(setup, draws, *step_sizes, COMPILED)
        self.share = shares[comm.rank]
        self.layers = self.network[self.share]
        self.batch_size = setup.batch_size
        self.staleness = []
        self.waited = 0.0
        self.sent_bytes = 0
        self.comm = comm
        self.way = way
        self._batches = setup.batches
        self._shares = shares
        self._below = comm.rank - 1 if comm.rank > 0 else None
        self._above = comm.rank + 1 if comm.rank + 1 < comm.size else None
        self._outstanding = outstanding if way == "decoupled" else 0
        self._is_silent = setup.method == SILENT
        self._send_up = comm.Issend if self._is_silent else comm.Isend
        size = setup.batch_size // micro_batches
        self._parts = [slice(size * k, size * (k + 1)) for k in range(micro_batches)]
        recording = Recording(self.network, self.share)
        if way == "locked":
            self._programs = LockedPrograms(recording, setup.batch_size, micro_batches)
            self._step = self._locked_step
        else:
            self._programs = DecoupledPrograms(recording, setup.batch_size, late_targets)
            self._step = self._decoupled_step
        self._limit = limit
        self._minibatch = self._predicted = 0
        self._activations_due = 0
        self._next_activation = None
        self._awaiting = deque()
        self._sending = deque()

    def run(self, minibatches, to_the_end=True):
        """Train on the next so many minibatches, until every target has arrived.

        Minibatches follow one another as in training in one process, epoch after epoch.
        Not `to_the_end`, targets may still be missing, and the next run goes on
        as if there had been no break.
        """
        last = self._minibatch + minibatches
        self._activations_due = minibatches * len(self._parts)
        while self._minibatch < last:
            first = self._minibatch % self._batches * self.batch_size
            rows = slice(first, first + self.batch_size)
            self._step(self.examples.inputs[:, rows], self.examples.targets[:, rows])
            self._minibatch += 1
        if to_the_end:
            self._train_generator(outstanding=0)
            self._wait_until_taken(outstanding=0)

    def gather(self):
        """Bring the parameters of all ranks into `network` on rank 0."""
        for rank, share in enumerate(self._shares[1:], start=1):
            for layer in self.network[share]:
                for array in state(layer):
                    if self.comm.rank == rank:
                        self._send(array, 0, PARAMETERS)
                    elif self.comm.rank == 0:
                        request = self.comm.Irecv(array, rank, PARAMETERS)
                        wait_for(request, f"the parameters of rank {rank}", self._limit)
        self._wait_until_taken(outstanding=0)

    def meet(self):
        """Wait until all ranks have come here."""
        wait_for(self.comm.Ibarrier(), "the other ranks", self._limit)

    def _locked_step(self, inputs, labels):
        awaiting = []
        for rows, part in zip(self._parts, self._programs.passes, strict=True):
            part.received[...] = self._receive_activation(inputs[:, rows])
            part.forward.run()
            if self._above is None:
                part.labels[...] = labels[:, rows]
                self._go_down(part)
            else:
                self._send(part.output, self._above, ACTIVATION)
                request = self.comm.Irecv(part.gradient, self._above, TARGET)
                awaiting.append((part, request))
        for part, request in awaiting:
            self._wait(request, self._above, "the gradient", self._minibatch)
            self._go_down(part)
        self._programs.update.run()

    def _go_down(self, part):
        part.backward.run()
        if self._below is not None:
            self._send(part.handed_down, self._below, TARGET)

    def _decoupled_step(self, inputs, labels):
        programs = self._programs
        programs.inputs[...], programs.labels[...] = inputs, labels
        if self._below is not None:
            programs.received[...] = self._receive_activation(inputs)
        programs.forward.run()
        if self._above is not None:
            self._send(programs.output, self._above, ACTIVATION)
        if programs.handed_down is not None:
            self._send(programs.handed_down, self._below, TARGET)
        if programs.late is not None:
            target = np.empty_like(programs.output)
            request = self.comm.Irecv(target, self._above, TARGET)
            self._awaiting.append(Awaiting(self._minibatch, programs.late.keep(), target, request))
            self._predicted = self._minibatch
        programs.inner.run()
        self._train_generator(self._outstanding)
        if self._is_silent:
            self._wait_until_taken(self._outstanding)

    def _train_generator(self, outstanding):
        """Train on the targets that have arrived; wait while more than `outstanding` have not."""
        while self._train_if_arrived():
            pass
        while len(self._awaiting) > outstanding:
            oldest = self._awaiting[0]
            self._wait(oldest.request, self._above, "the target", oldest.minibatch)
            self._train_if_arrived()

    def _train_if_arrived(self):
        """Train the generator on the oldest missing target, if that is here."""
        if not self._awaiting or not self._awaiting[0].request.Test():
            return False
        oldest = self._awaiting.popleft()
        self._programs.late.train(oldest.kept, oldest.target)
        self.staleness.append(self._predicted - oldest.minibatch)
        return True

    def _receive_activation(self, inputs):
        """The inputs of the lowest layer; while it is late, train the generator."""
        if self._below is None:
            return inputs
        activation, request = self._next_activation or self._expect_activation()
        self._wait(request, self._below, "the activation", self._minibatch, self._train_if_arrived)
        # Announced before it is needed, a long message travels during the step.
        self._activations_due -= 1
        self._next_activation = self._expect_activation() if self._activations_due else None
        return activation

    def _expect_activation(self):
        replicas, fan_in, _ = self.layers[0].linear.weights.shape
        size = self._parts[0].stop
        activation = np.empty((replicas, size, fan_in))
        return activation, self.comm.Irecv(activation, self._below, ACTIVATION)

    def _send(self, array, rank, tag):
        while self._sending and self._sending[0][0].Test():
            self._sending.popleft()
        # A copy, which stays referenced until it has gone: the next step writes to the array.
        message = array.copy()
        send = self._send_up if tag == ACTIVATION else self.comm.Isend
        self._sending.append((send(message, rank, tag), message, rank))
        if tag != PARAMETERS:
            self.sent_bytes += message.nbytes

    def _wait_until_taken(self, outstanding):
        """Wait while more than `outstanding` messages are on their way."""
        while len(self._sending) > outstanding:
            request, _, rank = self._sending.popleft()
            self.waited += wait_for(request, f"rank {rank} to take a message", self._limit)

    def _wait(self, request, rank, what, minibatch, meanwhile=None):
        what = f"{what} of minibatch {minibatch} from rank {rank}"
        self.waited += wait_for(request, what, self._limit, meanwhile)


def state(layer):
    """All arrays of a layer that training changes."""
    norm = layer.batchnorm
    kept = [] if norm is None else [norm.running_mean, norm.running_variance]
    return layer.parameters() + kept


def require_fitting(
    setup, way, outstanding=OUTSTANDING, micro_batches=1, late_targets=LATE_TARGETS[0]
):
    """Nothing if ranks can run a setup in this way, as in `Stage`.

    Raises
    ------
    ValueError
        Names what does not fit, its value and what is allowed.
    """
    if way not in WAYS:
        raise ValueError(f"way is {way!r}; allowed is one of {', '.join(WAYS)}")
    waits_for_none = bool(setup.conditions) or setup.method == SILENT
    if not (setup.method in LOCKED if way == "locked" else waits_for_none):
        allowed = " or ".join(LOCKED if way == "locked" else ("dni[...]", SILENT))
        raise ValueError(f"method is {setup.method!r}; allowed with {way} ranks is {allowed}")
    if setup.shuffle or setup.update_probability < 1:
        raise ValueError(
            "shuffle or update_probability is set; allowed in a pipeline is neither, since ranks "
            "draw nothing while they train"
        )
    if outstanding < 0:
        raise ValueError(f"outstanding is {outstanding!r}; allowed is a whole number of at least 0")
    if late_targets not in LATE_TARGETS:
        raise ValueError(
            f"late_targets is {late_targets!r}; allowed is {' or '.join(LATE_TARGETS)}"
        )
    if micro_batches < 1 or setup.batch_size % micro_batches:
        raise ValueError(
            f"micro_batches is {micro_batches!r}; allowed is a divisor of batch_size, "
            f"{setup.batch_size}"
        )
    if micro_batches > 1 and (way != "locked" or setup.forward_batchnorm):
        raise ValueError(
            f"micro_batches is {micro_batches!r}; allowed is 1 unless the ranks are locked and "
            "forward_batchnorm is false"
        )
