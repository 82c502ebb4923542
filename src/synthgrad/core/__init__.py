"""What decides a number: setups, tasks, networks and their training. Needs only NumPy and Numba."""
