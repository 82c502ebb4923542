"""The claims of the study."""

import pytest
from package import ROOT

from synthgrad.study.config import read_claims


@pytest.fixture(scope="session")
def listed():
    return read_claims(
        ROOT / "config" / "claims.yaml", ROOT / "workflow" / "schemas" / "claims.schema.yaml"
    )
