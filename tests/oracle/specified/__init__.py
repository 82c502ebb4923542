"""Training as docs/arithmetic.md specifies it, in plain Python, written from that page.

Nothing of the package is used: examples and random streams are handed in. A minibatch is a list of
examples, each a list of units; a matrix is a list of rows, and a bias, gain or shift a single row
in a list.
"""
