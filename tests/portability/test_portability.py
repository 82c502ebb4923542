"""The digest of the small study, on this CPU and where it is told to do with less."""

import pytest

from synthgrad.reproduce import portability
from synthgrad.reproduce.portability import environments

pytestmark = pytest.mark.slow


def test_the_small_study_has_the_tracked_digest_here():
    assert portability.together(portability.digests()) == portability.DIGEST


SLOW = "kernels without fused multiply-add"
"""Half a minute: `make portability` has it."""


@pytest.mark.parametrize(
    "place", [name for name in environments() if name not in ("this CPU", SLOW)]
)
def test_the_small_study_has_the_tracked_digest_with_less(place):
    found, _ = portability.run_elsewhere(environments()[place])
    assert portability.together(found) == portability.DIGEST
