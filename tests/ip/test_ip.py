"""The IP's top level, on the Verilog that is shipped, through each bus."""

import dataclasses
import json

import pytest

from amagic.gic import GicConfig
from amagic.ip import GicIp, IpConfig
from amagic_sim.bench import run_bench

CONFIGS = {
    "wishbone": IpConfig(GicConfig(spis=32)),
    "axi4lite": IpConfig(GicConfig(cpus=2, spis=96), "axi4lite", timer=True, timer_spi=64),
    "apb": IpConfig(
        GicConfig(
            **{"spis": 0, "lrs": 1, "priority_bits": 4, "selection_stages": 5},
            **{"implementer": 0xFFF, "product": 0xFF, "revision": 15, "variant": 15},
        ),
        "apb",
    ),
    "two_blocks": IpConfig(
        GicConfig(
            **{"cpus": 5, "spis": 33, "lrs": 5, "priority_bits": 8},
            **{"selection_stages": 0, "tree_per_cpu": True},
        ),
        "wishbone",
        timer=True,
    ),
}


SLOW = ("axi4lite", "two_blocks")


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(config, id=name, marks=[pytest.mark.slow] * (name in SLOW))
        for name, config in CONFIGS.items()
    ],
)
def test_the_shipped_verilog_works_through_its_bus(shipped, config):
    run_bench(
        GicIp(config),
        module="bench_ip",
        name="gic_ip",
        env={"CONFIG": json.dumps(dataclasses.asdict(config))},
    )
