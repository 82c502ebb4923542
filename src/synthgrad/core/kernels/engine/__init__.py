"""What runs: a small interpreter of operations on addresses, compiled by Numba."""
