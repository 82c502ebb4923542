"""Compiled functions that Python calls: one operation on arrays, or a whole program.

An operation is a row of whole numbers: its code, up to four operands and up to
seven sizes. A program is many of them. It goes replica by replica and, for each,
minibatch by minibatch, so that the weights of a replica stay in the cache for a
whole epoch.
"""

from numba import carray, types

from synthgrad.core.kernels.engine import codes, elementwise, tiles
from synthgrad.core.kernels.engine.llvm import whole_numbers
from synthgrad.core.kernels.engine.tiles import function


@function
def perform(code, out, a, b, c, scratch, sizes):
    """Do one operation on addresses."""
    rows, m, n = sizes[0], sizes[1], sizes[2]
    if code == codes.APPLY:
        tiles.apply(out, a, b, rows, m, n)
        if c != codes.NOTHING:
            elementwise.add_bias(out, c, rows, n)
    elif code == codes.CARRY:
        tiles.carry(out, a, b, rows, m, n)
    elif code == codes.DESCEND:
        tiles.descend(out, a, b, number(c), rows, m, n)
    elif code == codes.DESCEND_BIAS:
        elementwise.descend_bias(out, a, number(b), scratch, rows, n)
    elif code == codes.SIGMOID:
        elementwise.sigmoid(out, a, rows * n)
    elif code == codes.SIGMOID_BACKWARD:
        elementwise.sigmoid_backward(out, a, b, rows * n)
    elif code == codes.SUBTRACT:
        elementwise.subtract(out, a, b, sizes)
    else:
        perform_rarer(code, out, a, b, sizes)


@function
def perform_rarer(code, out, a, b, sizes):
    """Do one of the other operations; apart, so that the ones above are found sooner."""
    rows, m, n = sizes[0], sizes[1], sizes[2]
    if code == codes.TANH:
        elementwise.tanh(out, a, rows * n)
    elif code == codes.RELU:
        elementwise.relu(out, a, rows * n)
    elif code == codes.RELU_BACKWARD:
        elementwise.relu_backward(out, a, b, rows * n)
    elif code == codes.SOFTMAX:
        elementwise.softmax(out, a, rows, n)
    elif code == codes.SQUARE_ROOT:
        elementwise.square_root(out, a, rows * n)
    elif code == codes.ABSOLUTE:
        elementwise.absolute(out, a, rows * n)
    elif code == codes.SUM_OVER_EXAMPLES:
        elementwise.sum_over_examples(out, a, rows, n)
    elif code == codes.SUM_OVER_UNITS:
        elementwise.sum_over_units(out, a, rows, n)
    elif code == codes.DOT:
        elementwise.dot(out, a, b, rows, n)
    elif code == codes.COPY_COLUMNS:
        elementwise.copy_columns(out, a, rows, n, m, sizes[3])
    elif code == codes.ADD:
        elementwise.add(out, a, b, sizes)
    elif code == codes.MULTIPLY:
        elementwise.multiply(out, a, b, sizes)
    elif code == codes.DIVIDE:
        elementwise.divide(out, a, b, sizes)


@function
def number(address):
    """The number at an address."""
    return elementwise.numbers(address, 1)[0]


def run(operations, count, places, arrays, at, scratch, replicas, minibatches):
    """Do a program for all replicas and minibatches.

    All arguments are whole numbers; arrays come as addresses. `library` compiles it.

    Parameters
    ----------
    operations : (count, columns) array
        As in `codes`.
    places : (arrays, 3) array
        Of each array its address, and how many bytes further on it is for the
        next replica and for the next minibatch.
    at : (arrays + 1,) array
        Room for the addresses.
    scratch : array
        As many numbers as the largest of the layers has units.
    replicas, minibatches : int
    """
    operations = carray(whole_numbers(operations), (count, codes.COLUMNS))
    places = carray(whole_numbers(places), (arrays, 3))
    at = carray(whole_numbers(at), arrays + 1)
    at[codes.NOTHING] = codes.NOTHING  # the last place
    for r in range(replicas):
        for m in range(minibatches):
            for k in range(arrays):
                at[k] = places[k, 0] + r * places[k, 1] + m * places[k, 2]
            for row in operations:
                out, a, b, c = at[row[1]], at[row[2]], at[row[3]], at[row[4]]
                perform(row[0], out, a, b, c, scratch, row[1 + codes.OPERANDS :])


SIGNATURE = types.void(*[types.int64] * 8)
