"""JAX: the step of one replica, vmapped, scanned over the minibatches of an epoch, compiled once.

Parameters are donated, so that an epoch writes into the arrays it was given.
"""

import time

import jax
import numpy as np
from jax import numpy as jnp

from . import RIVAL_STACKS
from .start import draw_start

jax.config.update("jax_enable_x64", True)


def backprop_step(setup, parameters, inputs, targets):
    layers, generators = parameters
    outputs = [inputs]
    for weights in layers:
        outputs.append(jax.nn.sigmoid(outputs[-1] @ weights))
    gradient = outputs[-1] - targets
    updated = []
    for k in reversed(range(len(layers))):
        delta = gradient * outputs[k + 1] * (1 - outputs[k + 1])
        gradient = delta @ layers[k].T
        updated.insert(0, layers[k] - setup.step_size * (outputs[k].T @ delta))
    return updated, generators


def decoupled_step(setup, parameters, inputs, targets):
    (*hidden, last), generators = parameters
    updated, seen, synthetic, deltas = [], [], [], []
    below = inputs
    for weights, (generator, bias) in zip(hidden, generators):
        output = jax.nn.sigmoid(below @ weights)
        sees_label = "label" in setup.conditions
        seen.append(jnp.concatenate([output, targets], axis=-1) if sees_label else output)
        synthetic.append(seen[-1] @ generator + bias)
        deltas.append(synthetic[-1] * output * (1 - output))
        updated.append(weights - setup.step_size * (below.T @ deltas[-1]))
        below = output
    output = jax.nn.sigmoid(below @ last)
    deltas.append((output - targets) * output * (1 - output))
    updated.append(last - setup.step_size * (below.T @ deltas[-1]))
    taught = []
    for k, (generator, bias) in enumerate(generators):
        error = synthetic[k] - deltas[k + 1] @ updated[k + 1].T
        taught.append(
            (
                generator - setup.generator_step_size * (seen[k].T @ error),
                bias - setup.generator_step_size * error.sum(axis=0, keepdims=True),
            )
        )
    return updated, taught


def epoch(setup, parameters, inputs, targets):
    """One pass over minibatches of shape (batches, replicas, batch, units)."""
    step = decoupled_step if setup.conditions else backprop_step

    def one(parameters, inputs, targets):
        return step(setup, parameters, inputs, targets)

    def body(parameters, minibatch):
        return jax.vmap(one)(parameters, *minibatch), None

    return jax.lax.scan(body, parameters, (inputs, targets))[0]


class JaxScan:
    def __init__(self, setup, seeds):
        start = draw_start(setup, seeds)

        def minibatches(whole):
            replicas, _, units = whole.shape
            split = whole.reshape(replicas, setup.batches, setup.batch_size, units)
            return jnp.asarray(np.ascontiguousarray(split.swapaxes(0, 1)))

        self.examples = minibatches(start.inputs), minibatches(start.targets)
        self.parameters = jax.tree.map(jnp.array, (start.weights, start.generators))
        compiled = jax.jit(epoch, static_argnums=0, donate_argnums=1)
        began = time.process_time()
        self.epoch = compiled.lower(setup, self.parameters, *self.examples).compile()
        self.compile_seconds = time.process_time() - began

    @staticmethod
    def stacks(setup):
        return RIVAL_STACKS

    def run(self, epochs):
        for _ in range(epochs):
            self.parameters = self.epoch(self.parameters, *self.examples)
        jax.block_until_ready(self.parameters)

    def weights(self):
        return [np.asarray(parameter) for parameter in jax.tree.leaves(self.parameters)]
