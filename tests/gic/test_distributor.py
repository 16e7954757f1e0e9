"""The distributor at both ends of its parameters. The rules are the cocotb tests' names."""

import json
from dataclasses import asdict

import pytest

from amagic.gic.config import MAX_SELECTION_STAGES, GicConfig
from amagic.gic.distributor import Distributor
from amagic_sim.bench import run_bench

CONFIGS = {
    "usual": GicConfig(spis=96),
    "no_spis": GicConfig(spis=0, priority_bits=4),
    "most_spis": GicConfig(spis=988, sync_lines=False),
    "most_cpus": GicConfig(cpus=8, spis=32, priority_bits=8, sync_lines=False),
    "two_cpus_and_a_part_of_a_row": GicConfig(cpus=2, spis=33),
}

SELECTIONS = {
    "no_stage": GicConfig(cpus=2, spis=33, selection_stages=0),
    "most_stages": GicConfig(spis=96, selection_stages=MAX_SELECTION_STAGES),
    "a_tree_each_without_a_stage": GicConfig(
        cpus=8, spis=33, sync_lines=False, selection_stages=0, tree_per_cpu=True
    ),
    "a_tree_each": GicConfig(cpus=2, spis=96, tree_per_cpu=True),
    "one_row_without_a_stage": GicConfig(spis=0, selection_stages=0, tree_per_cpu=True),
}
"""Ways to build the selection. They show where candidates and time are concerned."""


def run(config: GicConfig, module: str, **options) -> None:
    env = {"CONFIG": json.dumps(asdict(config))}
    run_bench(Distributor(config), module=module, env=env, **options)


@pytest.mark.parametrize("rules", ["states", "selection", "registers", "sgi", "races", "random"])
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_rules(config, rules):
    run(config, f"bench_distributor_{rules}")


@pytest.mark.parametrize("config", SELECTIONS.values(), ids=SELECTIONS.keys())
def test_stages_and_trees_of_the_selection(config):
    run(config, "bench_distributor_selection")
    run(config, "bench_distributor_races")
    run(config, "bench_distributor_random")
    if config.cpus > 1:
        run(config, "bench_distributor_cpus")
    if config.spi_rows > 1:
        run(config, "bench_distributor_row_races")


@pytest.mark.parametrize("name", ["most_cpus", "two_cpus_and_a_part_of_a_row"])
def test_several_cpus(name):
    run(CONFIGS[name], "bench_distributor_cpus")


@pytest.mark.parametrize("name", ["usual", "most_spis", "two_cpus_and_a_part_of_a_row"])
def test_races_of_lines_in_two_rows(name):
    run(CONFIGS[name], "bench_distributor_row_races")
