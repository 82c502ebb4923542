"""Batch normalisation, over the examples of a minibatch.

Minibatches are (replicas, batch, units).
"""

from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np

from synthgrad.core.arrays import Floats
from synthgrad.core.kernels import Kernels, chosen

EPSILON = 1e-5
"""Added to variances before the root is taken, as Ioffe & Szegedy (2015) do."""


def mean_over_examples(x: Floats, kernels: Kernels) -> Floats:
    """The mean of each unit.

    Parameters
    ----------
    x : (replicas, examples, units) array
    kernels : Kernels

    Returns
    -------
    (replicas, 1, units) array
    """
    return kernels.sum_over_examples(x) / x.shape[1]


def mean_and_variance(x: Floats, kernels: Kernels) -> tuple[Floats, Floats]:
    """The mean and the variance of each unit.

    Parameters
    ----------
    x : (replicas, examples, units) array
    kernels : Kernels

    Returns
    -------
    mean, variance : (replicas, 1, units) arrays
    """
    mean = mean_over_examples(x, kernels)
    centred = x - mean
    return mean, mean_over_examples(centred * centred, kernels)


def normalise(x: Floats, kernels: Kernels) -> Floats:
    """Each unit shifted and scaled to mean 0 and variance 1 over the minibatch.

    Parameters
    ----------
    x : (replicas, batch, units) array
    kernels : Kernels

    Returns
    -------
    (replicas, batch, units) array
        0 for a unit that is the same for all examples.

    References
    ----------
    Ioffe & Szegedy (2015), Batch normalization.

    Examples
    --------
    >>> from synthgrad.core.kernels import chosen
    >>> normalise(np.array([[[0.0], [200.0]]]), chosen()).round(6)
    array([[[-1.],
            [ 1.]]])
    """
    mean, variance = mean_and_variance(x, kernels)
    return (x - mean) / kernels.sqrt(variance + EPSILON)


@dataclass(eq=False)
class BatchNorm:
    """Batch normalisation of pre-activations.

    Trains on the statistics of the minibatch and keeps running means of them
    for evaluation. Gain and shift are learnt.

    Parameters
    ----------
    gain, shift, running_mean, running_variance : (replicas, 1, units) arrays, changed in place
    kernels : Kernels, default `kernels.chosen`

    References
    ----------
    Ioffe & Szegedy (2015), Batch normalization.
    """

    gain: Floats
    shift: Floats
    running_mean: Floats
    running_variance: Floats
    kernels: Kernels = field(default_factory=chosen)
    training: bool = field(init=False)
    deviation: Floats = field(init=False)
    normalised: Floats = field(init=False)
    gain_gradient: Floats = field(init=False)
    shift_gradient: Floats = field(init=False)

    MOMENTUM: ClassVar = 0.9

    @classmethod
    def untrained(cls, replicas: int, units: int, kernels: Kernels | None = None) -> Self:
        """A normalisation that has seen nothing.

        Parameters
        ----------
        replicas, units : int
        kernels : Kernels, default `kernels.chosen`

        Returns
        -------
        BatchNorm
        """
        shape = replicas, 1, units
        return cls(
            np.ones(shape), np.zeros(shape), np.zeros(shape), np.ones(shape), kernels or chosen()
        )

    def forward(self, x: Floats, training: bool) -> Floats:
        """Normalise, then scale by the gain and shift.

        Parameters
        ----------
        x : (replicas, batch, units) array
        training : bool
            Whether by the statistics of the minibatch, which the running means
            take in, or by those means.

        Returns
        -------
        (replicas, batch, units) array
        """
        if training:
            mean, variance = mean_and_variance(x, self.kernels)
            for running, new in ((self.running_mean, mean), (self.running_variance, variance)):
                self.kernels.add(running, (new - running) * (1 - self.MOMENTUM))
        else:
            mean, variance = self.running_mean, self.running_variance
        self.training = training
        self.deviation = self.kernels.sqrt(variance + EPSILON)
        self.normalised = (x - mean) / self.deviation
        return self.normalised * self.gain + self.shift

    def backward(self, delta: Floats) -> Floats:
        """Gradient at the input, after `forward`; keeps those of gain and shift for `descend`.

        Parameters
        ----------
        delta : (replicas, batch, units) array
            Gradient at the output.

        Returns
        -------
        (replicas, batch, units) array
        """
        self.gain_gradient = delta * self.normalised
        self.shift_gradient = delta
        scaled = delta * self.gain / self.deviation
        if not self.training:
            return scaled
        along = mean_over_examples(scaled * self.normalised, self.kernels)
        return scaled - mean_over_examples(scaled, self.kernels) - self.normalised * along

    def descend(self, step_size: Floats) -> None:
        """Take one gradient step of gain and shift, after `backward`.

        Parameters
        ----------
        step_size : (replicas, 1, 1) array
        """
        self.kernels.descend_bias(self.gain, self.gain_gradient, step_size)
        self.kernels.descend_bias(self.shift, self.shift_gradient, step_size)
