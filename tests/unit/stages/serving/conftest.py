"""Small models are fitted on one thread: on a busy machine threads wait longer for each other than they work."""

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield
