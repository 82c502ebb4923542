"""Section "What is drawn" of the page, and the table in `core/network/build.py` that it names."""

from itertools import pairwise
from math import inf, nextafter, sqrt

from specified.operations import each


def initial_levels(setup, streams):
    """The drawn parameters of a network: a dict by name for each layer, lowest first."""
    inputs, outputs = setup.sizes[0], setup.sizes[-1]
    levels = []
    for k, (fan_in, units) in enumerate(pairwise(setup.sizes)):
        is_hidden = k < len(setup.hidden)
        level = layer_map(setup, streams.weights, fan_in, units)
        if setup.forward_batchnorm and is_hidden:
            level |= {"gain": [[1.0] * units], "shift": [[0.0] * units]}
        if setup.method == "feedback-alignment":
            level["feedback"] = layer_weights(setup, streams.feedback, fan_in, units)
        start = setup.generator_scale, setup.generator_shift
        if setup.method == "local-loss" and is_hidden:
            level |= drawn_map(setup, streams.generators, "readout", (units, outputs), *start)
        if setup.conditions and (is_hidden or setup.decouple_last):
            widths = {"input": inputs, "output": units, "label": outputs, "batchnorm": units}
            seen = sum(widths[name] for name in setup.conditions)
            if setup.generator_hidden:
                shape, scale = (seen, setup.generator_hidden), 1 / sqrt(seen)
                level |= drawn_map(setup, streams.generators, "generator_hidden", shape, scale)
                seen = setup.generator_hidden
            level |= drawn_map(setup, streams.generators, "generator", (seen, units), *start)
        levels.append(level)
    return levels


def layer_map(setup, stream, fan_in, units):
    level = {"weights": layer_weights(setup, stream, fan_in, units)}
    if setup.bias:
        start = setup.weight_scale, setup.weight_shift
        level["bias"] = normal(stream, 1, units, *(start if is_normal(setup) else (0.0, 0.0)))
    if setup.nudged:
        level = {name: each(lambda w: nextafter(w, inf), rows) for name, rows in level.items()}
    return level


def layer_weights(setup, stream, fan_in, units):
    if is_normal(setup):
        return normal(stream, fan_in, units, setup.weight_scale, setup.weight_shift)
    largest = sqrt(6 / (fan_in + units))
    return each(lambda u: (2 * u - 1) * largest, stream.rand(fan_in, units).tolist())


def is_normal(setup):
    return setup.initial_weights == "normal"


def drawn_map(setup, stream, name, shape, scale, shift=0.0):
    """A map of a generator, or a readout."""
    drawn = {f"{name}_weights": normal(stream, *shape, scale, shift)}
    if setup.generator_bias:
        drawn[f"{name}_bias"] = normal(stream, 1, shape[1], scale, shift)
    return drawn


def normal(stream, rows, columns, scale, shift):
    return each(lambda n: n * scale + shift, stream.randn(rows, columns).tolist())
