"""A fixture for tests that make components on purpose which nobody elaborates."""

import gc

import pytest


@pytest.fixture
def unused_components():
    """Let go of them within the test that made them: Amaranth warns when that happens.

    Goes with ``@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")``.
    """
    yield
    gc.collect()
