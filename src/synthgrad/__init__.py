"""synthgrad: a reproducibility and ablation study of synthetic gradients."""

__version__ = "0.1.0"
