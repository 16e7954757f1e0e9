"""A GIC with the Security Extensions. The rules are the cocotb tests' names."""

import json
from dataclasses import asdict

import pytest

from amagic.gic import Gic, GicConfig
from amagic.gic.distributor import Distributor
from amagic_sim.bench import run_bench

GIC_400 = {"implementer": 0x43B, "product": 0x02, "revision": 1}
CONFIGS = {
    "one_cpu": GicConfig(security=True, **GIC_400),
    "two_cpus": GicConfig(security=True, cpus=2, spis=41, lrs=2, priority_bits=6),
    "most_priority_bits": GicConfig(security=True, spis=33, priority_bits=8),
}


def run(config: GicConfig, module: str, **options) -> None:
    run_bench(Gic(config), module=module, env={"CONFIG": json.dumps(asdict(config))}, **options)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("module", ["gicd", "gicc", "rows"])
def test_views(module, config):
    run(config, f"bench_security_{module}")


def test_views_of_several_cpus():
    run(CONFIGS["two_cpus"], "bench_security_cpus")


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_random_streams_of_both_states_agree_with_the_model(config):
    run(config, "bench_gic_random")


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("module", ["selection", "random"])
def test_distributor(module, config):
    env = {"CONFIG": json.dumps(asdict(config))}
    run_bench(Distributor(config), module=f"bench_distributor_{module}", env=env)
