"""synthgrad: a reproducibility and ablation study of synthetic gradients.

Data flows one way through the package, and no module imports to its left::

    setups, task -> conditioning, kernels -> network -> methods -> measures, training
        -> editions, study -> tuning, records -> statistics, analysis
        -> selection -> claims -> ledger -> figures, report -> jobs, wiring, cli

The numerical core (up to ``training``) needs NumPy alone; ``compiled`` is a
faster stand-in for ``kernels`` with the same results. ``pipeline`` runs the
layers of ``network`` as MPI ranks; ``decoupling``, ``rehearsal`` and
``staleness`` measure it, ``simulation`` models more workers and ``clock`` draws
the sums. They need the extra ``parallel``.
"""

__version__ = "0.1.0"
