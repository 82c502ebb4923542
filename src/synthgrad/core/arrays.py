"""Names for kinds of arrays, used in type hints alone. Shapes are in the docstrings."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Bools = NDArray[np.bool_]

Replicas = slice | Bools | Integers
"""What picks some replicas of a stack: a slice, a mask or their places."""
