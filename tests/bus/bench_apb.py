"""The APB bridge, between cocotbext-axi's APB requester and a frame of memory.

Sparse strobes, and a transfer that is broken off, are this file's own: the library's requester has
neither.
"""

import itertools
import random

import cocotb
from apb_rules import ApbRules
from bridge import ADDR_WIDTH, ADDRESSES, BUS_ADDR_WIDTH, SIZE
from cocotb.triggers import RisingEdge
from cocotbext.axi import ApbMaster, AxiProt, AxiResp
from frame_target import (
    LANES,
    FrameTarget,
    answer,
    assert_outputs_are_registered,
    begin,
    bits,
    rule,
)
from library import NONSECURE, SECURE, apb_requester

from amagic_sim.drivers import tick


async def setup(dut, delay=lambda: 0) -> tuple[ApbMaster, FrameTarget]:
    target = await begin(dut, delay)
    cocotb.start_soon(ApbRules(dut, target).run())
    requester = apb_requester(dut)
    await tick(dut, 2)
    return requester, target


class Transfer:
    """One transfer, driven by hand."""

    def __init__(self, dut):
        self.dut = dut

    def setup(self, addr: int, *, data: int | None = None, strb: int = 0xF) -> None:
        d = self.dut
        d.apb__paddr.value = addr
        d.apb__pwrite.value = int(data is not None)
        d.apb__pwdata.value = data or 0
        d.apb__pstrb.value = 0 if data is None else strb
        d.apb__penable.value = 0
        d.apb__psel.value = 1

    def access(self) -> None:
        self.dut.apb__penable.value = 1

    def end(self) -> None:
        self.dut.apb__psel.value = 0
        self.dut.apb__penable.value = 0

    async def finish(self, limit: int = 100) -> int:
        """From the setup cycle to PREADY; returns PRDATA."""
        await tick(self.dut)
        self.access()
        for _ in range(limit):
            await tick(self.dut)
            if bits(self.dut.apb__pready):
                self.end()
                return bits(self.dut.apb__prdata)
        raise AssertionError(f"no PREADY in {limit} cycles")


@rule
async def a_read_returns_the_bytes_asked_for(dut):
    apb, target = await setup(dut)
    for addr, (lane, length) in itertools.product(ADDRESSES, LANES):
        result = await apb.read(addr + lane, length)
        assert result.resp == AxiResp.OKAY
        assert result.data == answer(addr).to_bytes(4, "little")[lane : lane + length]
        access = target.take_one()
        assert access[:3] == (False, addr, 0xF << lane & 0xF), "from the address to the word's end"


@rule
async def a_write_carries_address_data_and_bytes(dut):
    apb, target = await setup(dut)
    for addr, (lane, length) in itertools.product(ADDRESSES, LANES):
        data = random.randbytes(length)
        assert (await apb.write(addr + lane, data)).resp == AxiResp.OKAY
        access = target.take_one()
        assert access[:3] == (True, addr, (1 << length) - 1 << lane)
        assert access.data.to_bytes(4, "little")[lane : lane + length] == data


@rule
async def every_set_of_strobes_arrives_as_it_is(dut):
    _, target = await setup(dut)
    transfer = Transfer(dut)
    for strb, aligned in itertools.product(range(16), (0, 3)):
        transfer.setup(4 | aligned, data=0x1234_5678 + strb, strb=strb)
        await transfer.finish()
        access = target.take_one()
        assert access[:4] == (True, 4, strb, 0x1234_5678 + strb)


@rule
async def a_transfer_takes_two_cycles_more_than_the_frame_does(dut):
    wait = 0
    apb, target = await setup(dut, lambda: wait)
    for wait, write in itertools.product((0, 1, 7, 30), (False, True)):
        event = apb.init_write(4, b"data") if write else apb.init_read(4, 4)
        await RisingEdge(dut.apb__psel)
        cycles = 0
        while not bits(dut.apb__pready):
            await RisingEdge(dut.clk)
            cycles += 1
        assert cycles == 2 + 1 + wait
        await event.wait()
    assert len(target.take()) == 8


@rule
async def back_to_back_transfers_happen_once_each(dut):
    wait = 0
    apb, target = await setup(dut, lambda: wait)
    for wait in (0, 3):
        kinds = [bool(n % 3) for n in range(20)]
        addresses = [4 * n % SIZE for n in range(20)]
        for write, addr in zip(kinds, addresses, strict=True):
            last = apb.init_write(addr, b"data") if write else apb.init_read(addr, 4)
        await last.wait()
        ends = target.cycles[-20:]
        assert {after - before for before, after in itertools.pairwise(ends)} == {3 + wait}
        assert [access[:2] for access in target.take()] == list(zip(kinds, addresses, strict=True))


@rule
async def cpu_and_security_are_those_of_the_transfer(dut):
    apb, target = await setup(dut, lambda: 3)
    for cpu, prot in itertools.product(range(8), range(8)):
        dut.apb__pauser.value = cpu
        await apb.write(0, b"data", AxiProt(prot))
        await apb.read(4, 4, AxiProt(prot ^ NONSECURE))
        secure = int(not prot & NONSECURE)
        assert [access[4:] for access in target.take()] == [(cpu, secure), (cpu, 1 - secure)]


@rule
async def a_transfer_outside_the_frame_is_an_error_and_does_not_reach_it(dut):
    apb, target = await setup(dut)
    for bit in range(ADDR_WIDTH, BUS_ADDR_WIDTH):
        outside = 1 << bit | 4
        assert (await apb.read(outside, 4)).resp == AxiResp.SLVERR
        assert (await apb.write(outside, b"data")).resp == AxiResp.SLVERR
        assert not target.take()
        assert (await apb.read(4, 4)).resp == AxiResp.OKAY
        assert (await apb.write(4, b"data")).resp == AxiResp.OKAY
        assert len(target.take()) == 2


@rule
async def no_output_follows_an_input_within_a_cycle(dut):
    apb, target = await setup(dut, lambda: 4)
    inputs = ("paddr", "pprot", "pauser", "psel", "penable", "pwrite", "pwdata", "pstrb")
    events = [apb.init_write(0, b"data"), apb.init_read(4, 4)]
    for _ in range(20):
        await assert_outputs_are_registered(dut, "apb", inputs)
    for event in events:
        await event.wait()
    assert len(target.take()) == 2


@rule
async def a_reset_in_the_midst_of_a_transfer_leaves_nothing_behind(dut):
    apb, target = await setup(dut, lambda: 4)
    for cycles in range(1, 10):
        apb.init_write(0, b"lost")
        await tick(dut, cycles)
        dut.rst.value = 1
        await tick(dut, 3)
        dut.rst.value = 0
        await tick(dut, 12)
        target.take()
        assert (await apb.read(0, 4)).data == answer(0).to_bytes(4, "little")
        assert (await apb.write(4, b"next")).resp == AxiResp.OKAY
        assert [access[:2] for access in target.take()] == [(False, 0), (True, 4)]


@rule
async def a_transfer_broken_off_ends_on_the_frame_port_and_the_next_gets_its_own_answer(dut):
    target = await begin(dut, lambda: 6)
    transfer = Transfer(dut)
    for patience, pause in itertools.product(range(1, 9), range(12)):
        transfer.setup(0, data=0x600D)
        for _ in range(patience):
            await tick(dut)
            transfer.access()
            assert not bits(dut.apb__pready)
        for _ in range(pause):
            transfer.end()
            await tick(dut)
        transfer.setup(4)
        assert await transfer.finish() == answer(4)
        assert [access[:2] for access in target.take()] == [(True, 0), (False, 4)]
        await tick(dut, 2)


@rule
async def any_mix_of_transfers_and_pauses_arrives_once_and_in_order(dut):
    rng = random.Random(4)
    apb, target = await setup(dut, lambda: rng.choice((0, 0, 0, 1, 2, 9)))
    dut.apb__pauser.value = 5
    for share in (0.0, 0.5):
        apb.set_pause_generator(rng.random() < share for _ in itertools.count())
        expected, events = [], []
        for _ in range(200):
            addr = 4 * rng.randrange(SIZE // 4)
            lane, length = rng.choice(LANES)
            prot = rng.choice((SECURE, NONSECURE))
            word, be = 0, 0xF << lane & 0xF
            if write := rng.random() < 0.5:
                data = rng.randbytes(length)
                events.append((apb.init_write(addr + lane, data, prot), None))
                word, be = int.from_bytes(data, "little") << 8 * lane, (1 << length) - 1 << lane
            else:
                data = answer(addr).to_bytes(4, "little")[lane : lane + length]
                events.append((apb.init_read(addr + lane, length, prot), data))
            expected.append((write, addr, be, word, 5, int(prot == SECURE)))
        for event, data in events:
            await event.wait()
            assert event.data.resp == AxiResp.OKAY
            assert data is None or event.data.data == data
        assert target.take() == expected
        apb.clear_pause_generator()
        apb.pause = False
