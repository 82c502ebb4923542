"""Searches of made-up scores, in place of networks that are trained."""

from types import SimpleNamespace

import numpy as np
import pytest

from synthgrad.search import stages


@pytest.fixture
def made_up(monkeypatch):
    """`score` and `diverges`, functions of a point that tests replace, and all that was `swept`:
    (epochs, seeds, points)."""
    it = SimpleNamespace(score=lambda point: 0.0, diverges=lambda point: False, swept=[])

    def sweep(setup, seeds, points, progress):
        it.swept.append((setup.epochs, list(seeds), list(points)))
        rows = [(seed, point) for point in points for seed in seeds]
        diverged_at = [1.0 if it.diverges(point) else np.nan for _, point in rows]
        return {
            "seed": np.array([seed for seed, _ in rows], dtype=int),
            "step_size": np.array([point.step_size for _, point in rows], dtype=float),
            "generator_step_size": np.array([p.generator_step_size for _, p in rows], dtype=float),
            "score": np.array([it.score(point) for _, point in rows], dtype=float),
            "diverged_at": np.array(diverged_at, dtype=float),
        }

    monkeypatch.setattr(stages, "sweep", sweep)
    return it
