"""What the tests of the IP share."""

import pytest

import amagic_sim.bench
from amagic.ip.netlist import flatten
from amagic.ip.verilog import render_module


def shipped_verilog(component, name: str) -> str:
    return render_module(flatten(component, name))


@pytest.fixture
def shipped(monkeypatch):
    """Benches run on the Verilog that is shipped."""
    monkeypatch.setattr(amagic_sim.bench, "to_verilog", shipped_verilog)
