"""synthgrad: a reproducibility and ablation study of synthetic gradients.

Data flows one way through the package: a module imports only those that stand
before it here::

    arrays, setups, task, kernels, activations, conditioning, network, methods, measures, training
        -> compiled, editions, memory, representations, tuning, pipeline, rehearsal, simulation
        -> config, study -> records
        -> statistics, analysis, resemblance, selection, claims, findings, verify, ledger
        -> figures -> tex, report_numbers, report_tables, report_waiting, report, pages, typeset
        -> jobs, manifest, decoupling, clock, scaling, staleness, portability
        -> catalogue, wiring -> forecast, show, cli

The first line is the numerical core, which needs NumPy alone, but for the
images of digits, which scikit-learn has; ``compiled`` is a faster stand-in for
``kernels`` with the same results. ``pipeline`` runs the layers of ``network`` as
MPI ranks; ``decoupling``, ``rehearsal`` and ``staleness`` measure it, ``clock``
sums the times up, ``simulation`` and ``scaling`` model more workers. To run
ranks or the model takes the extra ``parallel``.
"""

__version__ = "0.1.0"
