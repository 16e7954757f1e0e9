"""The core without its isolating edit, for the tests that show what the edit is good for."""

import pytest

from amagic.soc.cpu import STOCK_EDITS, core_verilog


@pytest.fixture(scope="session")
def stock_core() -> str:
    return core_verilog(STOCK_EDITS)
