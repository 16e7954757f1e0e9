"""GICH: registers, EOICount, maintenance conditions."""

import pytest

from amagic.gic.config import GicConfig
from amagic.gic.virtual_control import VirtualControl
from amagic_sim.bench import run_bench


@pytest.mark.parametrize("lrs", [1, 4, 64])
def test_virtual_control(lrs):
    run_bench(VirtualControl(GicConfig(lrs=lrs)), module="bench_virtual_control", env={"LRS": lrs})
