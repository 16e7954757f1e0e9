"""The whole GIC, at several sizes. The rules are the cocotb tests' names."""

import json
from dataclasses import asdict

import pytest

from amagic.gic import Gic, GicConfig
from amagic_sim.bench import run_bench

GIC_400 = {"implementer": 0x43B, "product": 0x02, "revision": 1}
LARGEST_IDS = {"implementer": 0xFFF, "product": 0xFF, "revision": 15, "variant": 15}

SIZES = {
    "smallest": {"spis": 0, "lrs": 1, "priority_bits": 4, "sync_lines": False, "product": 0},
    "two_cpus": {"cpus": 2, "spis": 33, "lrs": 2, "priority_bits": 6},
    "eight_cpus": {"cpus": 8, "spis": 32, "lrs": 3, "priority_bits": 7},
    "most_interrupts": {"spis": 988, "lrs": 64, "priority_bits": 8, **LARGEST_IDS},
}


def run(module: str, **parameters) -> None:
    config = GicConfig(**parameters)
    run_bench(Gic(config), module=module, env={"CONFIG": json.dumps(asdict(config))})


@pytest.mark.parametrize("module", ["bench_gic", "bench_gic_outputs"])
def test_one_cpu(module):
    run(module, **GIC_400)


@pytest.mark.parametrize("size", ["two_cpus", "eight_cpus"])
def test_several_cpus(size):
    run("bench_gic_cpus", **SIZES[size])


@pytest.mark.parametrize("size", SIZES)
def test_sizes(size):
    run("bench_gic_sizes", **SIZES[size])


def test_lines_host_and_guest_at_any_moment():
    run("bench_gic_timing", **GIC_400)


def test_random_streams_agree_with_the_model_with_one_cpu():
    run("bench_gic_random", **GIC_400)


def test_random_streams_agree_with_the_model_with_two_cpus():
    run("bench_gic_random", **SIZES["two_cpus"])
