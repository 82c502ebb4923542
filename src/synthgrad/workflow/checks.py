"""What is checked before anything runs: a mistake is one line on stderr, and exit status 2."""

import os
import shlex
import sys
from contextlib import contextmanager
from pathlib import Path

from synthgrad.parallel import arms, pipeline
from synthgrad.reproduce import manifest
from synthgrad.study.config import ConfigError, check_writable, read_claims, read_config
from synthgrad.study.expansion import parse_study
from synthgrad.study.ranks import STUDIED_IN_RANKS, decoupled_cells
from synthgrad.workflow.reruns import digest_of
from synthgrad.workflow.training import PUBLISHED, search_tables


@contextmanager
def _one_line():
    """Ends the process where the config is refused."""
    try:
        yield
    except ConfigError as error:
        sys.stderr.write(f"synthgrad: error: {error}\n")
        raise SystemExit(2) from None


@_one_line()
def checked_project(folder):
    """Nothing if the folder of the project is the present one, and of a name that Snakemake can
    take."""
    if not Path(folder).samefile(Path.cwd()):
        there = shlex.quote(os.path.realpath(folder))
        raise ConfigError(f"{Path.cwd()} is not the folder of the study; cd {there}")
    if {"{", "}"} & set(str(folder)):
        raise ConfigError(
            f"{folder} has a brace in its name, which stands for a wildcard in Snakemake; "
            "rename or move the folder"
        )


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


@_one_line()
def checked_searches(study, chosen, own):
    """Where training takes its step sizes from: the study's own searches or, where ``published`` is
    chosen, those that are published."""
    if chosen is None:
        return own
    if chosen != "published":
        raise ConfigError(f"searches is {chosen!r}; allowed is published, or nothing")
    tables = search_tables(study, PUBLISHED)
    missing = [path for path in tables if not Path(path).exists()]
    if missing:
        raise ConfigError(
            f"{len(missing)} of {len(tables)} tables of searches are not published, {missing[0]} "
            "among them; `make searches` makes and publishes them"
        )
    made_by = manifest.read(PUBLISHED).get("code")
    if made_by != digest_of("search"):
        sys.stderr.write(
            f"synthgrad: {PUBLISHED} was made by other code than this; `make searches` makes it "
            "anew\n"
        )
    return PUBLISHED


@_one_line()
def checked_published(config="config/config.yaml", folder="published"):
    """Nothing if the published tables are of the study of this config: others can lack what
    figures and paper tell of."""
    made = manifest.read(folder).get("config_sha256")
    if made is None:
        raise ConfigError(f"{folder} holds no results yet; `make reproduce publish` fills it")
    if made != manifest.config_checksum(read_config(config)):
        raise ConfigError(
            f"{folder} is of another config than {config}; `make reproduce publish` makes it anew"
        )


def checked_manifest(wildcards):
    """Input function: the manifest of the published tables, if they are of the study here."""
    checked_published()
    return "published/manifest.json"


def _check_ranks(study):
    """Refuse runs in ranks that cannot be: of networks too large, or of draws while they train."""
    where = "decoupling.networks"
    try:
        arms.check(arms.networks_of(study))
        where = f"experiments.{STUDIED_IN_RANKS}"
        for cell in decoupled_cells(study):
            pipeline.require_fitting(cell.setup, "decoupled")
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None
