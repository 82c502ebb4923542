"""Operations as rows of whole numbers: a code, operands, sizes."""

OPERANDS, SIZES = 4, 7
"""How many an operation has at most; the first operand is what it changes or makes."""

NOTHING = -1
"""In place of an operand that an operation goes without."""


(
    APPLY,
    CARRY,
    DESCEND,
    DESCEND_BIAS,
    SIGMOID,
    SIGMOID_BACKWARD,
    TANH,
    RELU,
    RELU_BACKWARD,
    SOFTMAX,
    SQUARE_ROOT,
    ABSOLUTE,
    SUM_OVER_EXAMPLES,
    SUM_OVER_UNITS,
    DOT,
    COPY_COLUMNS,
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
) = range(20)
"""Codes of the operations."""

COLUMNS = 1 + OPERANDS + SIZES
