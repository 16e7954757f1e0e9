"""The CPU interface at each number of priority bits, physical and virtual.

The rules are the cocotb tests' names: the modules in `SHARED` have those that GICC and GICV
share, bench_gicc.py and bench_gicv.py the others.
"""

import pytest

from amagic.gic.active_priorities import ActivePriorities
from amagic.gic.config import GicConfig
from amagic.gic.cpu_interface import CpuInterface
from amagic_sim.bench import run_bench

SHARED = ("bench_cpu_interface", "bench_cpu_interface_acknowledge")
GIC_400 = {"implementer": 0x43B, "product": 0x02, "revision": 1}


@pytest.mark.parametrize("module", [*SHARED, "bench_gicc"])
@pytest.mark.parametrize("priority_bits", range(4, 9))
def test_physical(priority_bits, module):
    config = GicConfig(priority_bits=priority_bits, **GIC_400)
    run_bench(CpuInterface(config), module=module, env={"PRIORITY_BITS": priority_bits})


@pytest.mark.parametrize("module", [*SHARED, "bench_gicc"])
@pytest.mark.parametrize("priority_bits", [5, 8])
def test_with_the_security_extensions_a_secure_access_sees_the_same(priority_bits, module):
    config = GicConfig(priority_bits=priority_bits, security=True, **GIC_400)
    env = {"PRIORITY_BITS": priority_bits, "SECURITY": 1}
    run_bench(CpuInterface(config), module=module, env=env)


@pytest.mark.parametrize("module", [*SHARED, "bench_gicv"])
def test_virtual_has_five_bits_whatever_the_physical_interface_has(module):
    config = GicConfig(priority_bits=8, **GIC_400)
    component = CpuInterface(config, virtual=True)
    run_bench(component, module=module, name="VirtualCpuInterface", env={"VIRTUAL": 1})


@pytest.mark.usefixtures("unused_components")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [((3, 1), "4 to 7, not 3"), ((8, 1), "4 to 7, not 8"), ((5, 3), "1 to 2, not 3")],
)
def test_active_priorities_refuse_what_does_not_exist(arguments, message):
    with pytest.raises(ValueError, match=message):
        ActivePriorities(*arguments)
