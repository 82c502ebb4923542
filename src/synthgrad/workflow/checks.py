"""What is checked before anything runs: a mistake is one line on stderr, and exit status 2."""

import sys
from contextlib import contextmanager

from synthgrad.parallel import arms, pipeline
from synthgrad.study.config import ConfigError, check_writable, read_claims
from synthgrad.study.experiments import STUDIED_IN_RANKS, parse_study


@contextmanager
def _one_line():
    """Ends the process where the config is refused."""
    try:
        yield
    except ConfigError as error:
        sys.stderr.write(f"synthgrad: error: {error}\n")
        raise SystemExit(2) from None


@_one_line()
def checked_study(config, schema):
    """The study of a config."""
    study = parse_study(config, schema)
    if study.decoupling is not None:
        _check_ranks(study)
    return study


@_one_line()
def checked_claims(path, schema):
    """The path of the claims."""
    read_claims(path, schema)
    return path


@_one_line()
def checked_results(folder):
    """The path of a folder to which results can be written."""
    check_writable(folder)
    return folder


def _check_ranks(study):
    """Refuse runs in ranks that cannot be: of networks too large, or of draws while they train."""
    where = "decoupling.networks"
    try:
        arms.check(arms.networks_of(study))
        where = f"experiments.{STUDIED_IN_RANKS}"
        for cell in study.decoupled_cells():
            pipeline.require_fitting(cell.setup, "decoupled")
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None
