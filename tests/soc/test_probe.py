"""The probe, with one hart and with two, and with its smallest and largest numbers."""

from pathlib import Path

import pytest

from amagic.soc.probe import Probe, ProbeConfig
from amagic_sim.bench import run_bench

ONE = {"harts": 1, "frames": 1, "depth": 2}
USUAL = {"harts": 1, "frames": 2, "depth": 256}
MOST = {"harts": 2, "frames": 8, "depth": 4096}


@pytest.mark.parametrize("parameters", [ONE, USUAL], ids=["one", "usual"])
def test_probe(parameters):
    run_bench(
        Probe(ProbeConfig(**parameters)),
        module="bench_probe",
        name=f"Probe{parameters['depth']}",
        env={name.upper(): value for name, value in parameters.items()},
    )


def test_probe_with_the_most_of_everything():
    """Without the tests that fill the buffer record by record: 4096 of them take long."""
    source = (Path(__file__).parent / "bench_probe.py").read_text()
    names = [
        line.removeprefix("async def ").split("(")[0]
        for before, line in zip(source.splitlines(), source.splitlines()[1:], strict=False)
        if before == "@cocotb.test()"
    ]
    slow = {
        "the_buffer_gives_the_records_back_oldest_first",
        "a_full_buffer_keeps_the_oldest_and_counts_the_others",
        "clear_empties_the_buffer_and_the_counters_and_leaves_the_rest",
    }
    run_bench(
        Probe(ProbeConfig(**MOST)),
        module="bench_probe",
        name="Probe4096",
        tests=[name for name in names if name not in slow],
        env={name.upper(): value for name, value in MOST.items()},
    )


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("harts", 0, "1 to 2"),
        ("harts", 3, "1 to 2"),
        ("frames", 0, "1 to 8"),
        ("frames", 9, "1 to 8"),
        ("depth", 1, "2 to 4096"),
        ("depth", 8192, "2 to 4096"),
        ("depth", 3, "power of two in 2 to 4096"),
        ("harts", True, "1 to 2"),
    ],
)
def test_a_parameter_out_of_range_is_named_with_its_value_and_range(name, value, allowed):
    with pytest.raises(ValueError, match=f"{name}.*{allowed}.*{value}"):
        ProbeConfig(**{name: value})
