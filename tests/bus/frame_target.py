"""A frame of memory that answers when it likes, and records what arrives."""

from collections.abc import Callable
from typing import NamedTuple

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge, Timer
from cocotb.utils import get_sim_time

from amagic_sim.drivers import CLOCK_NS, start

LANES = ((0, 4), (0, 2), (2, 2), (0, 1), (1, 1), (2, 1), (3, 1))
"""Lane and length of the accesses that a CPU makes."""


def rule(function):
    """A cocotb test that fails when the bus hangs."""
    return cocotb.test(timeout_time=1, timeout_unit="ms")(function)


class Access(NamedTuple):
    """What arrives at the frame port."""

    write: bool
    addr: int
    be: int
    data: int
    cpu: int
    secure: int


def bits(signal) -> int:
    return int(str(signal.value), 2)


def answer(addr: int) -> int:
    """What a read of the word at `addr` gives."""
    return ~addr & 0xFFFF_FFFF


class FrameTarget:
    """Answers the frame port after ``delay()`` cycles, 0 for an answer in the strobe's first one.

    It also holds the initiator to the port's rules: one strobe, an aligned address, and nothing
    changes until the acknowledge.
    """

    def __init__(self, dut, delay: Callable[[], int] = lambda: 0):
        self.dut = dut
        self.delay = delay
        self.accesses: list[Access] = []
        self.cycles: list[int] = []
        self._taken = 0

    def take(self) -> list[Access]:
        """The accesses since the last call."""
        new = self.accesses[self._taken :]
        self._taken = len(self.accesses)
        return new

    def take_one(self) -> Access:
        """The access since the last call, which must be exactly one."""
        (access,) = self.take()
        return access

    def _request(self) -> Access | None:
        d = self.dut
        read, write = bits(d.frame__r_stb), bits(d.frame__w_stb)
        assert not (read and write), "two strobes"
        if not (read or write):
            return None
        members = ("addr", "be", "w_data", "cpu", "secure")
        request = Access(bool(write), *(bits(getattr(d, f"frame__{m}")) for m in members))
        assert request.addr % 4 == 0, f"{request.addr:#x} is no word's address"
        return request

    async def run(self) -> None:
        """Halfway through each cycle its answer is given, so that it can belong to that cycle."""
        d = self.dut
        waiting, cycles = None, 0
        while True:
            await FallingEdge(d.clk)
            if bits(d.rst):
                waiting = None
                continue
            request = self._request()
            if waiting is None:
                cycles = self.delay()
            else:
                assert request == waiting, "the request changed before its acknowledge"
            if request is None or cycles:
                waiting = request
                cycles -= 1
                d.frame__ack.value = 0
                d.frame__r_data.value = 0xBAD0_BAD0
            else:
                waiting = None
                d.frame__ack.value = 1
                d.frame__r_data.value = answer(request.addr)
                self.accesses.append(request)
                self.cycles.append(get_sim_time("ns") // CLOCK_NS)


async def begin(dut, delay: Callable[[], int] = lambda: 0) -> FrameTarget:
    """Clock and reset, and the frame behind the bridge."""
    await start(dut)
    target = FrameTarget(dut, delay)
    cocotb.start_soon(target.run())
    return target


async def assert_outputs_are_registered(dut, prefix: str, inputs: tuple[str, ...]) -> None:
    """Invert the port's inputs in the midst of a cycle, and see that no output of it follows."""
    await FallingEdge(dut.clk)
    ports = {name.split("__")[1] for name in dir(dut) if name.startswith(f"{prefix}__")}
    outputs = [getattr(dut, f"{prefix}__{member}") for member in ports.difference(inputs)]
    before = [bits(output) for output in outputs]
    assert ports.issuperset(inputs) and outputs
    for member in inputs:
        signal = getattr(dut, f"{prefix}__{member}")
        stood = bits(signal)
        signal.value = ~stood & (1 << len(signal)) - 1
        await Timer(100, unit="ps")
        assert [bits(output) for output in outputs] == before, f"an output follows {member}"
        signal.value = stood
        await Timer(100, unit="ps")
    await RisingEdge(dut.clk)
