"""The made-up studies that most tests look at."""

import pytest
from made_up_study import tables_of


@pytest.fixture(scope="session")
def quick():
    return tables_of("quick")


@pytest.fixture(scope="session")
def full():
    return tables_of("full")
