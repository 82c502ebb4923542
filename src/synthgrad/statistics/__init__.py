"""The statistics, thin and named wrappers of SciPy, and the estimates made with them.

Everything is paired by seed: the arms of a contrast share data and initial
weights. Seeds are the units that are resampled. Randomness is an explicit
generator. No function returns NaN in silence: where a procedure has no answer
the result names the reason in `note`.
"""

CONFIDENCE = 0.95
"""Of every interval; here, where it is had without importing SciPy."""

ONE_SIDED = 0.025
"""The level of each of the two one-sided tests that an interval of 95 % inverts."""
