"""A source of interrupts, and the handle that the benches of the CPU interface share."""

import os
from typing import NamedTuple

import cocotb
from cocotb.triggers import RisingEdge

from amagic.gic.types import Candidate
from amagic.registers import GICC, GICV
from amagic_sim.drivers import FramePort, start, tick

VIRTUAL = os.environ.get("VIRTUAL") == "1"
PRIORITY_BITS = 5 if VIRTUAL else int(os.environ.get("PRIORITY_BITS", "5"))
PREEMPTION_BITS = min(PRIORITY_BITS, 7)
PRIORITY_MASK = 0xFF & ~((1 << (8 - PRIORITY_BITS)) - 1)
MIN_BPR = {4: 3, 5: 2, 6: 1, 7: 0, 8: 0}[PRIORITY_BITS]
MIN_ABPR = MIN_BPR + 1
APR_WORDS = {4: 1, 5: 1, 6: 2, 7: 4, 8: 4}[PRIORITY_BITS]
APR_BITS = {4: 16, 5: 32, 6: 32, 7: 32, 8: 32}[PRIORITY_BITS]
FRAME = GICV if VIRTUAL else GICC
SECURITY = os.environ.get("SECURITY") == "1"

GROUP0, GROUP1, ACKCTL, FIQEN, CBPR, EOIMODE = 1, 2, 4, 8, 16, 1 << 9


class Interrupt(NamedTuple):
    """A pending interrupt."""

    intid: int
    priority: int = 0x80
    group: int = 0
    cpuid: int = 0


class Ended(NamedTuple):
    """A deactivation that the source was asked for."""

    intid: int
    cpuid: int
    by_dir: int
    dropped: int


class FakeSource:
    """Offers the best of `pending`, and keeps what it is told.

    Parameters
    ----------
    delay : int
        Cycles from `inspect` to `granted`, and from `deactivate` to `deactivated`. 0: both are
        always 1.
    lag : int
        Cycles by which the candidate follows `pending`, save in a cycle with `granted`.
    """

    def __init__(self, dut, delay: int = 1, lag: int = 0):
        self._dut = dut
        self._delay = delay
        self._shown = [None] * (lag + 1)
        self.pending: list[Interrupt] = []
        self.acknowledged: list[Interrupt] = []
        self.ended: list[Ended] = []
        self.inspected = 0
        cocotb.start_soon(self._run())

    @property
    def best(self) -> Interrupt | None:
        """Equal priorities: the lowest INTID, then the lowest source CPU."""
        return min(self.pending, key=lambda i: (i.priority, i.intid, i.cpuid), default=None)

    def _drive(self, interrupt: Interrupt | None) -> None:
        fields = {"valid": 1, **interrupt._asdict()} if interrupt else {}
        self._dut.source__candidate.value = Candidate.const(fields).as_bits()

    async def _run(self) -> None:
        dut = self._dut
        granted = deactivated = self._delay == 0
        waited = {"inspect": 0, "deactivate": 0}

        def ready(name: str, asked: bool, given: bool) -> bool:
            waited[name] = waited[name] + 1 if asked and not given else 0
            return self._delay == 0 or waited[name] >= self._delay

        while True:
            self._shown = [self.best, *self._shown[:-1]]
            self._drive(self.best if granted else self._shown[-1])
            dut.source__granted.value = granted
            dut.source__deactivated.value = deactivated
            await RisingEdge(dut.clk)
            inspect = dut.source__inspect.value == 1
            deactivate = dut.source__deactivate.value == 1
            assert not (inspect and deactivate), "one request at a time"
            if dut.source__acknowledge.value == 1:
                assert inspect and granted, "an acknowledge outside of a granted transaction"
                self.acknowledged.append(self.best)
                self.pending.remove(self.best)
            if inspect and granted:
                self.inspected += 1
            asked = SECURITY and dut.source__keep.value == 1  # of which group it is, no more
            if deactivate and deactivated and not asked:
                word = dut.source__deactivation.value.to_unsigned()
                self.ended.append(
                    Ended(word & 0x3FF, word >> 10 & 7, word >> 13 & 1, word >> 14 & 1)
                )
            granted = ready("inspect", inspect, granted)
            deactivated = ready("deactivate", deactivate, deactivated)


class Interface:
    """The interface under test, with its registers by name and its source."""

    def __init__(self, dut, **source):
        self.dut = dut
        self.port = FramePort(dut, secure=int(SECURITY))
        self.source = FakeSource(dut, **source)

    async def read(self, name: str, index: int = 0) -> int:
        return await self.port.read(FRAME.by_name[name].at(index))

    async def write(self, name: str, value: int, index: int = 0) -> None:
        await self.port.write(FRAME.by_name[name].at(index), value)

    async def lines(self) -> tuple[int, int]:
        """(irq, fiq), once everything has settled."""
        await tick(self.dut, 12)
        return int(self.dut.irq.value), int(self.dut.fiq.value)

    async def pend(self, *interrupts: Interrupt) -> None:
        """What is pending from now on, in place of what was."""
        self.source.pending = list(interrupts)
        await tick(self.dut, 12)

    async def active_words(self) -> list[int]:
        """Every APR, then every NSAPR."""
        names = ["APR"] if VIRTUAL else ["APR", "NSAPR"]
        return [await self.read(name, index) for name in names for index in range(FRAME.APR.count)]

    async def clear_active(self) -> None:
        for name in ["APR"] if VIRTUAL else ["APR", "NSAPR"]:
            for index in range(FRAME.APR.count):
                await self.write(name, 0, index)


async def begin(dut, ctlr: int = GROUP0 | GROUP1, pmr: int = 0xFF, **source) -> Interface:
    """Reset the interface and enable it; see `FakeSource` for the other arguments."""
    await start(dut)
    interface = Interface(dut, **source)
    if VIRTUAL:
        dut.enable.value = 1
    await interface.write("CTLR", ctlr)
    await interface.write("PMR", pmr)
    return interface


def group_mask(group: int, bpr: int, abpr: int, cbpr: int) -> int:
    """The bits of a group priority, written out as the register pages have them."""
    lowest = abpr if group and not cbpr else bpr + 1
    return sum(1 << bit for bit in range(lowest, 8))


def apr_index(group_priority: int) -> int:
    return group_priority >> (8 - PREEMPTION_BITS)
