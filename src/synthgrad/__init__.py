"""synthgrad: a reproducibility and ablation study of synthetic gradients.

Train, compare and look at what was published::

    import synthgrad as sg

    setup = sg.Setup("dni[output+label]", bits=4, epochs=20)
    history = sg.train(setup, seeds=range(3))
    history.to_frame()               # a row a seed and epoch, a column a measure

    sg.published("claims").drop_duplicates("claim").verdict.value_counts()
    sg.plot("learning-curves")       # a Matplotlib figure

`Setup` says everything that decides a run, `train` runs it, `tune` chooses step
sizes, `replay` runs a program of the tutorial again, `published` loads a table
and `plot` draws a figure of the published study. `METHODS` and `CONDITIONS` are
what there is to compare.

The folders, in the order in which data flows: `core` (what decides a number),
`search`, `study`, `outcomes`, `statistics`, `claims`, `parallel`, `reproduce`, `figures`, `report`,
`workflow`, `cli`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

_HOME = {
    "Setup": "core.setup",
    "METHODS": "core.setup",
    "CONDITIONS": "core.setup",
    "train": "core.training.loop",
    "replay": "core.tutorial",
    "tune": "search.choice",
    "published": "study.published",
    "plot": "figures.published",
}
"""Where each public name lives; it is imported on first use, so that starting costs nothing."""

__all__ = ["CONDITIONS", "METHODS", "Setup", "plot", "published", "replay", "train", "tune"]

if TYPE_CHECKING:
    from synthgrad.core.setup import CONDITIONS, METHODS, Setup
    from synthgrad.core.training.loop import train
    from synthgrad.core.tutorial import replay
    from synthgrad.figures.published import plot
    from synthgrad.search.choice import tune
    from synthgrad.study.published import published


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'synthgrad' has no attribute {name!r}")
    return getattr(import_module(f"synthgrad.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
