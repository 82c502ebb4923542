"""A made-up run, which the tests of the paper as a whole share."""

import pytest
from made_up_run import small_run


@pytest.fixture(scope="session")
def run():
    return small_run(judged=True)
