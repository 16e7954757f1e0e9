"""What the tests of the IP share."""

import pytest

import amagic_sim.bench
from amagic.ip.verilog import render_modules


@pytest.fixture
def shipped(monkeypatch):
    """Benches run on the Verilog that is shipped."""
    monkeypatch.setattr(amagic_sim.bench, "to_verilog", render_modules)
