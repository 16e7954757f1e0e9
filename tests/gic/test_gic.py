"""The whole GIC, at several sizes. The rules are the cocotb tests' names."""

import json
from dataclasses import asdict

from amagic.gic import Gic, GicConfig
from amagic_sim.bench import run_bench

GIC_400 = {"implementer": 0x43B, "product": 0x02, "revision": 1}


def run(module: str, **parameters) -> None:
    config = GicConfig(**parameters)
    run_bench(Gic(config), module=module, env={"CONFIG": json.dumps(asdict(config))})


def test_one_cpu():
    run("bench_gic", **GIC_400)
