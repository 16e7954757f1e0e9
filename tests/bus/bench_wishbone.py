"""The Wishbone bridge, between an initiator and a frame of memory that answers when it likes.

The initiator is written here: the models on PyPI drop their strobe after each acknowledge and
never give an access up, and both are what this bridge has to be tried with.
"""

import os
import random
from collections import deque
from typing import NamedTuple

import cocotb
from cocotb.triggers import RisingEdge

from amagic_sim.drivers import start, tick

ADDR_WIDTH = int(os.environ["ADDR_WIDTH"])
WORDS = 1 << ADDR_WIDTH - 2


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


class FrameTarget:
    """Answers the frame port after ``delay()`` cycles; reads give the address's complement.

    It also holds the initiator to the port's rules: one strobe, and nothing changes until the
    acknowledge.
    """

    def __init__(self, dut, delay=lambda: 0):
        self.dut = dut
        self.delay = delay
        self.accesses: list[Access] = []

    def _request(self) -> Access | None:
        d = self.dut
        read, write = bits(d.frame__r_stb), bits(d.frame__w_stb)
        assert not (read and write), "two strobes"
        if not (read or write):
            return None
        members = ("addr", "be", "w_data", "cpu", "secure")
        return Access(bool(write), *(bits(getattr(d, f"frame__{m}")) for m in members))

    async def run(self) -> None:
        d = self.dut
        while True:
            await RisingEdge(d.clk)
            request = self._request()
            if request is None:
                continue
            for _ in range(self.delay()):
                await RisingEdge(d.clk)
                assert self._request() == request, "the request changed before its acknowledge"
            d.frame__r_data.value = ~request.addr & 0xFFFF_FFFF
            d.frame__ack.value = 1
            await RisingEdge(d.clk)
            assert self._request() == request, "the request changed before its acknowledge"
            self.accesses.append(request)
            d.frame__ack.value = 0
            d.frame__r_data.value = 0xBAD0_BAD0


class Initiator:
    """Wishbone classic cycles. Between accesses it keeps or drops its strobe, as it is told."""

    def __init__(self, dut):
        self.dut = dut

    def present(self, addr: int, *, data: int | None = None, sel: int = 0xF) -> None:
        d = self.dut
        d.wb__adr.value = addr >> 2
        d.wb__we.value = int(data is not None)
        d.wb__dat_w.value = 0x5555_5555 if data is None else data
        d.wb__sel.value = sel
        d.wb__cyc.value = 1
        d.wb__stb.value = 1

    def drop(self) -> None:
        self.dut.wb__cyc.value = 0
        self.dut.wb__stb.value = 0

    async def acknowledged(self, limit: int = 100) -> int:
        """Wait for the acknowledge; returns the data and leaves the strobe as it is."""
        for _ in range(limit):
            await RisingEdge(self.dut.clk)
            if bits(self.dut.wb__ack):
                return bits(self.dut.wb__dat_r)
        raise AssertionError(f"no acknowledge in {limit} cycles")

    async def access(
        self, addr: int, *, data: int | None = None, sel: int = 0xF, keep: bool = False
    ) -> int:
        self.present(addr, data=data, sel=sel)
        result = await self.acknowledged()
        if not keep:
            self.drop()
        return result


async def setup(dut, delay=lambda: 0) -> tuple[Initiator, FrameTarget]:
    await start(dut)
    target = FrameTarget(dut, delay)
    cocotb.start_soon(target.run())
    return Initiator(dut), target


def answer(addr: int) -> int:
    return ~addr & 0xFFFF_FFFF


LAST = (WORDS - 1) * 4
ADDRESSES = sorted({0, 4, LAST, 1 << ADDR_WIDTH - 1})


@cocotb.test()
async def a_read_returns_the_frames_data(dut):
    wb, target = await setup(dut)
    for addr in ADDRESSES:
        assert await wb.access(addr) == answer(addr)
        assert target.accesses.pop()[:3] == (False, addr, 0xF)


@cocotb.test()
async def a_write_carries_address_data_and_bytes(dut):
    wb, target = await setup(dut)
    for addr in ADDRESSES:
        for sel in range(16):
            await wb.access(addr, data=0x1234_5678 + sel, sel=sel)
            assert target.accesses.pop()[:4] == (True, addr, sel, 0x1234_5678 + sel)


@cocotb.test()
async def a_read_names_its_bytes(dut):
    wb, target = await setup(dut)
    for sel in range(16):
        await wb.access(4, sel=sel)
        assert target.accesses.pop().be == sel


@cocotb.test()
async def an_access_takes_two_cycles_more_than_the_frame_does(dut):
    wb, _ = await setup(dut)
    wb.present(4)
    cycles = 0
    while not bits(dut.wb__ack):
        await RisingEdge(dut.clk)
        cycles += 1
    assert cycles == 2 + 2, "the target here answers in the second cycle of its strobe"


@cocotb.test()
async def back_to_back_accesses_happen_once_each(dut):
    wb, target = await setup(dut)
    expected = []
    for n in range(20):
        addr = 4 * (n % WORDS)
        data = n if n % 3 == 0 else None
        result = await wb.access(addr, data=data, keep=True)
        if data is None:
            assert result == answer(addr)
        expected.append((data is not None, addr))
    wb.drop()
    await tick(dut, 20)
    assert [access[:2] for access in target.accesses] == expected


@cocotb.test()
async def the_acknowledge_lasts_one_cycle(dut):
    wb, _ = await setup(dut)
    await wb.access(4)
    for _ in range(10):
        await tick(dut)
        assert not bits(dut.wb__ack)


@cocotb.test()
async def a_slow_frame_stalls_the_initiator(dut):
    delays = deque([0, 1, 2, 7, 30])
    wb, target = await setup(dut, lambda: delays[0])
    last = 0
    while delays:
        wb.present(4)
        cycles = 0
        while True:
            await RisingEdge(dut.clk)
            cycles += 1
            if bits(dut.wb__ack):
                break
        wb.drop()
        if last:
            assert cycles == last + delays[0]
        last = cycles - delays.popleft()
        await tick(dut, 2)
    assert len(target.accesses) == 5


@cocotb.test()
async def cpu_and_security_are_those_of_the_request(dut):
    wb, target = await setup(dut, lambda: 5)
    for cpu in range(8):
        dut.cpu.value = cpu
        dut.secure.value = cpu & 1
        wb.present(4)
        await tick(dut)
        dut.cpu.value = 7 - cpu
        dut.secure.value = ~cpu & 1
        await wb.acknowledged()
        wb.drop()
        await tick(dut, 3)
        assert target.accesses.pop()[4:] == (cpu, cpu & 1)


@cocotb.test()
async def a_strobe_without_a_cycle_is_nothing(dut):
    wb, target = await setup(dut)
    wb.present(4)
    dut.wb__cyc.value = 0
    await tick(dut, 10)
    dut.wb__cyc.value = 1
    dut.wb__stb.value = 0
    await tick(dut, 10)
    assert target.accesses == []
    assert not bits(dut.wb__ack)


@cocotb.test()
async def an_access_given_up_ends_on_the_frame_port_without_an_acknowledge(dut):
    wb, target = await setup(dut, lambda: 6)
    for patience in range(1, 9):  # the last falls in the very cycle of the frame's answer
        wb.present(0, data=0x600D)
        for _ in range(patience):
            await tick(dut)
            assert not bits(dut.wb__ack)
        wb.drop()
        for _ in range(15):
            await tick(dut)
            assert not bits(dut.wb__ack)
        assert target.accesses.pop()[:4] == (True, 0, 0xF, 0x600D)
        assert not target.accesses


@cocotb.test()
async def the_access_after_one_given_up_gets_its_own_answer(dut):
    wb, target = await setup(dut, lambda: 6)
    for pause in range(1, 12):
        wb.present(0)
        await tick(dut, 2)
        wb.drop()
        await tick(dut, pause)
        assert await wb.access(4) == answer(4)
        await tick(dut, 10)
        assert [access.addr for access in target.accesses] == [0, 4]
        target.accesses.clear()


@cocotb.test()
async def any_mix_of_accesses_and_pauses_arrives_in_order(dut):
    rng = random.Random(2)
    wb, target = await setup(dut, lambda: rng.choice((0, 0, 0, 1, 2, 9)))
    expected = []
    for _ in range(300):
        addr = 4 * rng.randrange(WORDS)
        sel = rng.randrange(16)
        data = rng.choice((None, rng.getrandbits(32)))
        result = await wb.access(addr, data=data, sel=sel, keep=True)
        if data is None:
            assert result == answer(addr)
        expected.append((data is not None, addr, sel, 0x5555_5555 if data is None else data))
        if rng.random() < 0.5:
            wb.drop()
            await tick(dut, rng.randrange(4))
    wb.drop()
    await tick(dut, 20)
    assert [access[:4] for access in target.accesses] == expected
