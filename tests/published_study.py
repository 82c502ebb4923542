"""The published study, and whether it is that of the config here."""

import pytest
from package import ROOT

from synthgrad.reproduce import manifest
from synthgrad.study.config import read_config

PUBLISHED = ROOT / "published"

IS_OF_THIS_CONFIG = manifest.read(PUBLISHED).get("config_sha256") == manifest.config_checksum(
    read_config(ROOT / "config" / "config.yaml")
)

needs_this_config = pytest.mark.skipif(
    not IS_OF_THIS_CONFIG,
    reason="published/ is of another config than config/config.yaml, until the study is run again",
)
