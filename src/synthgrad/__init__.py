"""synthgrad: a reproducibility and ablation study of synthetic gradients.

Data flows one way through the package, and no module imports to its left::

    setups, task -> conditioning, network -> methods -> measures, training
        -> editions, study -> records -> statistics -> figures, report -> cli

The numerical core (up to ``training``) needs NumPy alone.
"""

__version__ = "0.1.0"
