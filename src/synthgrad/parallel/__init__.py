"""Layers as MPI ranks: how they run, what that costs, and models of more workers."""
