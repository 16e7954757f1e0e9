"""The harness: a bench's failures reach pytest, and a simulator is built once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from amaranth.hdl import Array, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from amagic.bus.frame import FrameSignature
from amagic_sim.bench import BenchError, run_bench
from amagic_sim.build import build_root, build_simulator, to_verilog


class Scratchpad(wiring.Component):
    """Sixteen words behind a frame port that answers after `wait` cycles."""

    frame: In(FrameSignature(6))
    hold: In(1)
    extra: In(8, init=0x5A)
    writes: Out(8)
    last_cpu: Out(3)

    def __init__(self, wait=0):
        self.wait = wait
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        words = Array(Signal(32, name=f"word{i}") for i in range(16))
        word = words[self.frame.addr[2:]]
        waited = Signal(range(self.wait + 1))
        stb = self.frame.r_stb | self.frame.w_stb
        m.d.comb += [
            self.frame.ack.eq(stb & (waited == self.wait) & ~self.hold),
            self.frame.r_data.eq(word),
        ]
        with m.If(self.frame.ack):
            m.d.sync += waited.eq(0)
        with m.Elif(stb & (waited != self.wait)):
            m.d.sync += waited.eq(waited + 1)
        with m.If(self.frame.ack & self.frame.w_stb):
            m.d.sync += [self.writes.eq(self.writes + 1), self.last_cpu.eq(self.frame.cpu)]
            for lane in range(4):
                with m.If(self.frame.be[lane]):
                    bits = slice(8 * lane, 8 * lane + 8)
                    m.d.sync += word[bits].eq(self.frame.w_data[bits])
        return m


@pytest.mark.parametrize("wait", [0, 3])
def test_frame_port_driver(wait):
    outcomes = run_bench(
        Scratchpad(wait),
        module="bench_scratchpad",
        env={"WAIT": wait},
    )
    assert len(outcomes) == 5
    assert all(outcome.status == "passed" for outcome in outcomes)


def test_only_the_tests_asked_for_run():
    outcomes = run_bench(Scratchpad(), module="bench_wrong", tests=["passes"])
    assert [outcome.name for outcome in outcomes] == ["passes"]


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("compares_wrongly", "compares_wrongly failed: AssertionError: writes should be ninety"),
        ("raises_something_else", "raises_something_else failed: KeyError: 'no such thing'"),
        ("waits_for_an_ack_that_never_comes", "frame: no ack for address 0x0 in 10 cycles"),
        ("no_such_name", "no_such_name: there is no such test"),
        ("takes_the_simulator_down", "the simulation ended by SIGABRT"),
    ],
)
def test_a_test_gone_wrong_fails_the_bench(test, message):
    with pytest.raises(BenchError) as caught:
        run_bench(Scratchpad(), module="bench_wrong", tests=[test])
    assert message in str(caught.value)


def test_every_failed_test_is_named_with_its_place():
    tests = ["passes", "compares_wrongly", "raises_something_else"]
    with pytest.raises(BenchError) as caught:
        run_bench(Scratchpad(), module="bench_wrong", tests=tests)
    text = str(caught.value)
    assert "1 of 3 passed" in text
    assert "compares_wrongly failed" in text and "raises_something_else failed" in text
    assert "bench_wrong.py:" in text


def test_a_simulation_that_does_not_end_is_stopped():
    with pytest.raises(BenchError, match="did not end within 2 s"):
        run_bench(Scratchpad(), module="bench_wrong", tests=["never_ends"], timeout=2)


def test_an_interrupt_stops_the_simulation_too(tmp_path):
    simulator = build_simulator(
        "Scratchpad", {"Scratchpad.v": to_verilog(Scratchpad(), "Scratchpad")}, top="Scratchpad"
    )
    beside = Path(__file__).parent
    code = (
        "from pathlib import Path\n"
        "from amagic_sim.bench import run_simulator\n"
        "from amagic_sim.build import Simulator\n"
        f"simulator = Simulator('Scratchpad', 'Scratchpad', Path({str(simulator.directory)!r}),"
        " False)\n"
        f"run_simulator(simulator, module='bench_wrong', tests=['never_ends'],"
        f" run_dir=Path({str(tmp_path)!r}), search=[Path({str(beside)!r})])\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=env, stderr=subprocess.DEVNULL, start_new_session=True
    )
    log = tmp_path / "sim.log"
    until = time.monotonic() + 60
    while time.monotonic() < until and not (log.is_file() and "running bench" in log.read_text()):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)  # to the one process: the simulator gets none of its own
    process.wait(timeout=60)
    assert process.returncode != 0
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"module": "bench_empty"}, "No tests were discovered"),
        ({"module": "bench_that_is_not_there"}, "No module named 'bench_that_is_not_there'"),
        ({"module": "bench_wrong", "tests": []}, "0 of 0 passed\nno test ran"),
    ],
)
def test_a_bench_without_a_test_fails(options, message):
    with pytest.raises(BenchError, match=message):
        run_bench(Scratchpad(), **options)


def test_a_bench_with_a_skipped_test_fails():
    with pytest.raises(BenchError, match="1 of 2 passed\nis_skipped skipped"):
        run_bench(Scratchpad(), module="bench_random")


def test_runs_repeat_unless_another_seed_is_given(tmp_path):
    drawn = []
    for seed in (None, None, 2):
        path = tmp_path / "drawn"
        run_bench(
            Scratchpad(),
            module="bench_random",
            tests=["draws_a_number"],
            env={"DRAWN": path},
            seed=seed,
        )
        drawn.append(path.read_text())
    assert drawn[0] == drawn[1] != drawn[2]


def test_waves_are_written_when_asked_for(tmp_path):
    options = {"module": "bench_scratchpad", "run_dir": tmp_path}
    tests = ["the_cpu_number_goes_with_the_access"]
    run_bench(Scratchpad(), tests=tests, **options)
    assert not (tmp_path / "dump.vcd").exists()
    run_bench(Scratchpad(), tests=tests, waves=True, **options)
    assert "$var wire 3 " in (tmp_path / "dump.vcd").read_text()


def test_the_log_of_a_failed_run_is_kept():
    with pytest.raises(BenchError) as caught:
        run_bench(Scratchpad(), module="bench_wrong", tests=["compares_wrongly"])
    log = str(caught.value).split("(log: ")[1].split(")")[0]
    with open(log) as file:
        assert "compares_wrongly" in file.read()


def test_a_simulator_is_built_once():
    sources = {"Scratchpad.v": to_verilog(Scratchpad(), "Scratchpad")}
    first = build_simulator("Scratchpad", sources, top="Scratchpad")
    made = first.executable.stat().st_mtime_ns
    again = build_simulator("Scratchpad", sources, top="Scratchpad")
    assert again == first
    assert again.executable.stat().st_mtime_ns == made
    assert first.directory.parent == build_root() / "sim"
