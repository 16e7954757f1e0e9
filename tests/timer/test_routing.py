"""The timer's lines at the distributor, for numbers of CPUs about the ends of a block of frames."""

import json
from dataclasses import asdict

import pytest
from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from amagic.gic.config import GicConfig
from amagic.gic.distributor import Distributor
from amagic.gic.transaction import Transaction
from amagic.timer import Timer, TimerConfig
from amagic.timer.routing import TimerRouting
from amagic_sim.bench import run_bench


class Routed(wiring.Component):
    """A distributor and a timer with their own frame ports, and nothing else on the lines."""

    def __init__(self, routing: TimerRouting):
        self.routing = routing
        self.gicd = Distributor(routing.gic)
        self.timer = Timer(TimerConfig(frames=routing.frames))
        super().__init__(
            {
                "gicd_frame": In(self.gicd.frame.signature.flip()),
                "timer_frame": In(self.timer.frame.signature.flip()),
                "virtual_irq": Out(routing.frames),
                "physical_irq": Out(routing.frames),
                "count": Out(64),
                "transaction": Out(Transaction),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.gicd = gicd = self.gicd
        m.submodules.timer = timer = self.timer
        connect(m, flipped(self.gicd_frame), gicd.frame)
        connect(m, flipped(self.timer_frame), timer.frame)
        m.d.comb += [
            gicd.spi.eq(self.routing.spi(timer)),
            self.virtual_irq.eq(timer.virtual_irq),
            self.physical_irq.eq(timer.physical_irq),
            self.count.eq(timer.count),
            self.transaction.eq(gicd.transaction),
        ]
        for cpu in range(self.routing.gic.cpus):
            m.d.comb += gicd.ppi[cpu].eq(self.routing.ppi(timer, cpu))
        return m


def run(cpus: int, spis: int, timer_spi: int | None = None, **options) -> None:
    gic = GicConfig(cpus=cpus, spis=spis, lrs=1, **options)
    env = {"GIC": json.dumps(asdict(gic)), "TIMER_SPI": json.dumps(timer_spi)}
    run_bench(Routed(TimerRouting(gic, timer_spi)), module="bench_routing", env=env)


@pytest.mark.parametrize("cpus", [1, 4, 5, 8])
def test_ppis(cpus):
    run(cpus, spis=32 if cpus == 1 else 0, sync_lines=cpus != 5)


@pytest.mark.parametrize(
    ("cpus", "spis", "timer_spi"), [(1, 4, 32), (4, 100, 116), (5, 30, 33), (8, 32, 32)]
)
def test_spis(cpus, spis, timer_spi):
    run(cpus, spis, timer_spi)


@pytest.mark.parametrize("value", [31, 93, 47.0, "47", True])
def test_a_timer_spi_without_room_for_all_timers_is_refused(value):
    gic = GicConfig(cpus=1, spis=64)
    for allowed in (None, 32, 92):
        assert TimerRouting(gic, allowed).timer_spi == allowed
    with pytest.raises(ValueError) as error:
        TimerRouting(gic, value)
    expected = f"timer_spi must be None or an integer in 32 to 92, not {value!r}"
    assert str(error.value) == expected


def test_a_gic_without_spis_enough_for_all_timers_is_refused():
    assert TimerRouting(GicConfig(cpus=8, spis=32), 32).frames == 16
    with pytest.raises(
        ValueError, match="timer_spi must be None, not 32: 16 frames have 32 timers"
    ):
        TimerRouting(GicConfig(cpus=8, spis=31), 32)


def test_a_cpu_has_two_frames():
    assert [TimerRouting(GicConfig(cpus=cpus)).frames for cpus in (1, 4, 5, 8)] == [2, 8, 10, 16]
