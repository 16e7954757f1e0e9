"""The distributor at both ends of its parameters. The rules are the cocotb tests' names."""

import pytest

from amagic.gic.config import GicConfig
from amagic.gic.distributor import Distributor
from amagic_sim.bench import run_bench

CONFIGS = {
    "usual": GicConfig(spis=96),
    "no_spis": GicConfig(spis=0, priority_bits=4),
    "most_spis": GicConfig(spis=988, sync_lines=False),
    "most_cpus": GicConfig(cpus=8, spis=32, priority_bits=8, sync_lines=False),
    "two_cpus_and_a_part_of_a_row": GicConfig(cpus=2, spis=33),
}


def run(config: GicConfig, module: str, **options) -> None:
    env = {
        "CPUS": config.cpus,
        "SPIS": config.spis,
        "PRIORITY_BITS": config.priority_bits,
        "SYNC_LINES": config.sync_lines,
    }
    run_bench(Distributor(config), module=module, env=env, **options)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_states(config):
    run(config, "bench_distributor_states")


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_selection(config):
    run(config, "bench_distributor_selection")


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_registers(config):
    run(config, "bench_distributor_registers")


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_sgis(config):
    run(config, "bench_distributor_sgi")


@pytest.mark.parametrize("name", ["most_cpus", "two_cpus_and_a_part_of_a_row"])
def test_several_cpus(name):
    run(CONFIGS[name], "bench_distributor_cpus")


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_races(config):
    run(config, "bench_distributor_races")


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_random_transactions_agree_with_the_model(config):
    run(config, "bench_distributor_random")
