"""The claims that travel with the package."""

from synthgrad.study.config import read_claims
from synthgrad.study.published import shipped


def published_claims():
    """The claims of the published study, by their ids, as `read_claims` gives them."""
    return read_claims(shipped("config") / "claims.yaml", shipped("schemas") / "claims.schema.yaml")
