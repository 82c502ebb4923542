"""Section "Measures" of the page."""

from itertools import combinations
from math import nan, sqrt
from operator import mul

from specified.operations import (
    difference,
    dot,
    each,
    mean,
    means,
    product,
    summed,
    transposed,
    variances,
)


def measures(replica, x, targets):
    """Of a replica as it is, on the training examples."""
    setup, *hidden = replica.setup, *replica.layers[:-1]
    output = replica.forward(x, training=False)
    error = difference(output, targets)
    found = accuracies(setup.task, output, targets)
    found["mse"] = total(each(lambda e: e * e, error)) / (len(x) * len(targets[0]))
    found["absolute_error"] = total(each(abs, error))
    if setup.loss == "squared-error":
        found["tutorial_error"] = total(each(lambda e, o: abs(e * (o * (1 - o))), error, output))
    maps = [layer.map for layer in replica.layers]
    rows = [row for one in maps for row in one.weights + (one.bias or [])]
    found["largest_weight"] = max(abs(number) for row in rows for number in row)
    signals, true = learning_signals(replica, x, error, targets), replica.backward(error)
    for k, layer in enumerate(hidden, start=1):
        found[f"spread_{k}"] = mean(map(sqrt, variances(layer.y)[0]))
        found[f"similarity_{k}"] = similarity(layer.y)
        if setup.activation == "sigmoid":
            found[f"saturation_{k}"] = share(each(lambda y: y < 0.01 or y > 0.99, layer.y))
        if signals:
            found[f"alignment_{k}"] = alignment(signals[k - 1], true[k - 1])
            found[f"norm_ratio_{k}"] = norm_ratio(signals[k - 1], true[k - 1])
    return found


def learning_signals(replica, x, error, targets):
    """What each hidden layer would learn from, where that is not the true gradient."""
    if replica.setup.method == "feedback-alignment":
        return replica.backward(error, feedback=True)
    if replica.setup.method == "local-loss":
        return [layer.readout.gradient(layer.y, targets) for layer in replica.layers[:-1]]
    return [
        [
            row
            for minibatch in replica.minibatches(x, layer.y, targets)
            for row in layer.generator.predict(replica.condition(*minibatch))
        ]
        for layer in replica.layers[:-1]
        if layer.generator
    ]


def accuracies(task, output, targets):
    if task == "digits":
        right = [[o.index(max(o)) == t.index(1)] for o, t in zip(output, targets, strict=True)]
    else:
        right = each(lambda o, t: (o > 0.5) == (t > 0.5), output, targets)
    return {"bit_accuracy": share(right), "sum_accuracy": share([[all(row)] for row in right])}


def share(right):
    return sum(map(sum, right)) / (len(right) * len(right[0]))


def total(x):
    """The sum over examples and units."""
    return summed(map(summed, transposed(x)))


def square(row):
    return dot(row, row)


def alignment(signal, true):
    cosines = []
    for s, t in zip(signal, true, strict=True):
        lengths = sqrt(square(s)) * sqrt(square(t))
        if lengths > 0:
            cosines.append(dot(s, t) / lengths)
    return mean(cosines) if cosines else nan


def norm_ratio(signal, true):
    length, true_length = (sqrt(summed(map(square, g))) for g in (signal, true))
    return length / true_length if true_length > 0 else nan


def similarity(h):
    lengths = [sqrt(square(row)) for row in h]
    inverse = [1 / length if length > 0 else 0.0 for length in lengths]
    (resultant,) = product([inverse], h)
    defined = sum(length > 0 for length in lengths)
    return (square(resultant) - defined) / (len(h) * (len(h) - 1))


def questions(stream, bits):
    """Inputs of the first 1000 different pairs of 8000, most significant digits first."""
    left, right = ([int(u * 2 ** (bits - 1)) for u in stream.rand(8000)] for _ in range(2))
    pairs = list(dict.fromkeys(zip(left, right, strict=True)))[:1000]
    return [[float(digit) for number in pair for digit in f"{number:0{bits}b}"] for pair in pairs]


def answers(replica, x):
    """The answers' bits, one after another."""
    return [y > 0.5 for row in replica.forward(x, training=False) for y in row]


def differing_bits(one, other):
    return sum(a != b for a, b in zip(one, other, strict=True)) / len(one)


def score(curve, chance):
    return mean((accuracy - chance) / (1 - chance) for accuracy in curve)


def final_slope(curve):
    last = curve[-max(2, len(curve) // 10) :]
    middle = (len(last) - 1) / 2
    times = [number - middle for number in range(len(last))]
    rises = summed(t * (accuracy - last[0]) for t, accuracy in zip(times, last, strict=True))
    return 100 * (rises / summed(t * t for t in times))


def dissimilarities(outputs):
    """Of each two inputs, given what a layer makes of every one."""
    columns = transposed(outputs)
    centred = transposed(difference(columns, means(columns)))
    return [
        1 - products(a, b) / (sqrt(products(a, a)) * sqrt(products(b, b)))
        for a, b in combinations(centred, 2)
    ]


def products(a, b):
    """Unlike `dot`, each product is rounded before it is added."""
    return summed(map(mul, a, b))
