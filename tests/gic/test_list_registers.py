"""List registers: storage, candidate, acknowledge, deactivation, status, order of effects."""

import pytest

from amagic.gic.config import GicConfig
from amagic.gic.list_registers import ListRegisters
from amagic_sim.bench import run_bench


@pytest.mark.parametrize("lrs", [1, 3, 4, 64])
@pytest.mark.parametrize("module", ["bench_list_registers", "bench_list_register_ends"])
def test_list_registers(lrs, module):
    run_bench(ListRegisters(GicConfig(lrs=lrs)), module=module, env={"LRS": lrs})


@pytest.mark.parametrize("lrs", [0, 65])
def test_more_or_fewer_list_registers_than_the_architecture_has_are_refused(lrs):
    with pytest.raises(ValueError, match=rf"lrs must be an integer in 1 to 64, not {lrs}"):
        GicConfig(lrs=lrs)
