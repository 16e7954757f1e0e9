"""The AXI4-Lite bridge, between cocotbext-axi's manager and a frame of memory.

The manager's channels are also used one by one, for writes with sparse strobes.
"""

import itertools
import random

import cocotb
from axi4lite_rules import AxiLiteRules
from bridge import ADDR_WIDTH, ADDRESSES, BUS_ADDR_WIDTH, SIZE
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiProt, AxiResp
from cocotbext.axi.axil_channels import AxiLiteAWTransaction, AxiLiteWTransaction
from frame_target import (
    LANES,
    FrameTarget,
    answer,
    assert_outputs_are_registered,
    begin,
    bits,
    rule,
)
from library import NONSECURE, SECURE, AxiLiteManager

from amagic_sim.drivers import tick


async def setup(dut, delay=lambda: 0) -> tuple[AxiLiteManager, FrameTarget]:
    target = await begin(dut, delay)
    cocotb.start_soon(AxiLiteRules(dut, target).run())
    manager = AxiLiteManager(dut)
    await tick(dut, 2)
    return manager, target


@rule
async def a_read_returns_the_bytes_asked_for(dut):
    axi, target = await setup(dut)
    for addr, (lane, length) in itertools.product(ADDRESSES, LANES):
        result = await axi.read(addr + lane, length)
        assert result.resp == AxiResp.OKAY
        assert result.data == answer(addr).to_bytes(4, "little")[lane : lane + length]
        access = target.take_one()
        assert access[:3] == (False, addr, 0xF << lane & 0xF), "from the address to the word's end"


@rule
async def a_write_carries_address_data_and_bytes(dut):
    axi, target = await setup(dut)
    for addr, (lane, length) in itertools.product(ADDRESSES, LANES):
        data = random.randbytes(length)
        assert (await axi.write(addr + lane, data)).resp == AxiResp.OKAY
        access = target.take_one()
        assert access[:3] == (True, addr, (1 << length) - 1 << lane)
        assert access.data.to_bytes(4, "little")[lane : lane + length] == data


@rule
async def every_set_of_strobes_arrives_as_it_is(dut):
    axi, target = await setup(dut)
    aw, w, b = (axi.channels[name] for name in ("aw", "w", "b"))
    for strb in range(16):
        await aw.send(AxiLiteAWTransaction(awaddr=4))
        await w.send(AxiLiteWTransaction(wdata=0x1234_5678 + strb, wstrb=strb))
        assert int((await b.recv()).bresp) == AxiResp.OKAY
        access = target.take_one()
        assert access[:4] == (True, 4, strb, 0x1234_5678 + strb)


@rule
async def a_write_waits_for_the_later_of_its_address_and_its_data(dut):
    axi, target = await setup(dut)
    for late, cycles in itertools.product(("aw", "w"), (1, 2, 3, 10)):
        axi.pause(late)
        event = axi.init_write(4, b"late")
        await tick(dut, cycles + 4)
        assert not target.take() and not event.is_set()
        axi.pause()
        await event.wait()
        access = target.take_one()
        assert access.data.to_bytes(4, "little") == b"late"


@rule
async def a_read_passes_a_write_that_is_not_complete(dut):
    axi, target = await setup(dut)
    for late in ("aw", "w"):
        axi.pause(late)
        event = axi.init_write(4, b"late")
        await tick(dut, 4)
        assert (await axi.read(0, 4)).resp == AxiResp.OKAY
        axi.pause()
        await event.wait()
        assert [access.write for access in target.take()] == [False, True]


@rule
async def a_response_comes_two_cycles_after_the_frame_would_have_given_it(dut):
    wait = 0
    axi, _ = await setup(dut, lambda: wait)
    for wait, write in itertools.product((0, 1, 5), (False, True)):
        event = axi.init_write(4, b"data") if write else axi.init_read(4, 4)
        valid, response = ("awvalid", "bvalid") if write else ("arvalid", "rvalid")
        await RisingEdge(getattr(dut, f"axi__{valid}"))
        cycles = 0
        while not bits(getattr(dut, f"axi__{response}")):
            await RisingEdge(dut.clk)
            cycles += 1
        assert cycles == 2 + 1 + wait
        await event.wait()


@rule
async def back_to_back_accesses_take_two_cycles_more_than_the_frame_does(dut):
    wait = 0
    axi, target = await setup(dut, lambda: wait)
    for wait, write in itertools.product((0, 3), (False, True)):
        addresses = [4 * n % SIZE for n in range(20)]
        for addr in addresses:
            last = axi.init_write(addr, b"data") if write else axi.init_read(addr, 4)
        await last.wait()
        ends = target.cycles[-20:]
        assert {after - before for before, after in itertools.pairwise(ends)} == {2 + wait}
        assert [access[:2] for access in target.take()] == [(write, addr) for addr in addresses]


@rule
async def reads_and_writes_that_wait_together_take_turns(dut):
    axi, target = await setup(dut, lambda: 2)
    events = [axi.init_write(0, b"data") for _ in range(20)]
    events += [axi.init_read(4, 4) for _ in range(20)]
    for event in events:
        await event.wait()
    kinds = [access.write for access in target.take()]
    assert kinds.count(True) == kinds.count(False) == 20
    together = kinds[1:-3]  # the first has come alone, and one kind is over before the other
    assert all(after != before for before, after in itertools.pairwise(together)), kinds


@rule
async def a_response_that_nobody_takes_holds_back_its_own_kind_only(dut):
    axi, target = await setup(dut)
    for held, kind in (("b", True), ("r", False)):
        axi.pause(held)
        await tick(dut, 2)
        writes = [axi.init_write(0, b"data") for _ in range(5)]
        reads = [axi.init_read(4, 4) for _ in range(5)]
        await tick(dut, 60)
        kinds = [access.write for access in target.take()]
        assert kinds.count(kind) == 1, "its response stands in the way of the second"
        assert kinds.count(not kind) == 5
        assert bits(getattr(dut, f"axi__{held}valid"))
        axi.pause()
        for event in writes + reads:
            await event.wait()
        assert [access.write for access in target.take()] == [kind] * 4


@rule
async def cpu_and_security_are_those_of_the_channel(dut):
    axi, target = await setup(dut, lambda: 3)
    for cpu in range(8):
        dut.axi__awuser.value = cpu
        dut.axi__aruser.value = 7 - cpu
        for prot in range(8):
            write = axi.init_write(0, b"data", AxiProt(prot))
            read = axi.init_read(4, 4, AxiProt(prot ^ NONSECURE))
            await write.wait()
            await read.wait()
            secure = int(not prot & NONSECURE)
            seen = {access.write: access[4:] for access in target.take()}
            assert seen == {True: (cpu, secure), False: (7 - cpu, 1 - secure)}


@rule
async def an_access_outside_the_frame_is_an_error_and_does_not_reach_it(dut):
    axi, target = await setup(dut)
    for bit in range(ADDR_WIDTH, BUS_ADDR_WIDTH):
        outside = 1 << bit | 4
        assert (await axi.read(outside, 4)).resp == AxiResp.SLVERR
        assert (await axi.write(outside, b"data")).resp == AxiResp.SLVERR
        assert not target.take()
        assert (await axi.read(4, 4)).resp == AxiResp.OKAY
        assert (await axi.write(4, b"data")).resp == AxiResp.OKAY
        assert len(target.take()) == 2


@rule
async def no_output_follows_an_input_within_a_cycle(dut):
    axi, target = await setup(dut, lambda: 4)
    dut.axi__awprot.value = dut.axi__arprot.value = 0
    requests = ("awaddr", "awprot", "awuser", "awvalid", "wdata", "wstrb", "wvalid", "bready")
    inputs = (*requests, "araddr", "arprot", "aruser", "arvalid", "rready")
    for pauses in ((), ("b", "r")):
        axi.pause(*pauses)
        events = [axi.init_write(0, b"data"), axi.init_read(4, 4)]
        for _ in range(16):
            await assert_outputs_are_registered(dut, "axi", inputs)
        axi.pause()
        for event in events:
            await event.wait()
    assert len(target.take()) == 4


@rule
async def a_reset_in_the_midst_of_an_access_leaves_nothing_behind(dut):
    axi, target = await setup(dut, lambda: 4)
    for cycles in range(1, 14):
        axi.init_write(0, b"lost")
        axi.init_read(4, 4)
        await tick(dut, cycles)
        dut.rst.value = 1
        await tick(dut, 3)
        dut.rst.value = 0
        await tick(dut, 12)
        target.take()
        assert not bits(dut.axi__bvalid) and not bits(dut.axi__rvalid)
        assert (await axi.read(0, 4)).data == answer(0).to_bytes(4, "little")
        assert (await axi.write(4, b"next")).resp == AxiResp.OKAY
        assert [access[:2] for access in target.take()] == [(False, 0), (True, 4)]


@rule
async def any_mix_with_any_pauses_arrives_once_and_in_order(dut):
    rng = random.Random(3)
    axi, target = await setup(dut, lambda: rng.choice((0, 0, 0, 1, 2, 9)))
    dut.axi__awuser.value, dut.axi__aruser.value = 5, 2
    for share in (0.0, 0.3, 0.9):
        for channel in axi.channels.values():
            channel.set_pause_generator(rng.random() < share for _ in itertools.count())
        writes, reads, events = [], [], []
        for _ in range(150):
            addr = 4 * rng.randrange(SIZE // 4)
            lane, length = rng.choice(LANES)
            prot = rng.choice((SECURE, NONSECURE))
            if rng.random() < 0.5:
                data = rng.randbytes(length)
                events.append((axi.init_write(addr + lane, data, prot), None))
                word = int.from_bytes(data, "little") << 8 * lane
                be = (1 << length) - 1 << lane
                writes.append((True, addr, be, word, 5, int(prot == SECURE)))
            else:
                data = answer(addr).to_bytes(4, "little")[lane : lane + length]
                events.append((axi.init_read(addr + lane, length, prot), data))
                reads.append((False, addr, 0xF << lane & 0xF, 2, int(prot == SECURE)))
        for event, data in events:
            await event.wait()
            assert event.data.resp == AxiResp.OKAY
            assert data is None or event.data.data == data
        seen = target.take()
        assert [access for access in seen if access.write] == writes
        assert [access[:3] + access[4:] for access in seen if not access.write] == reads
        for channel in axi.channels.values():
            channel.clear_pause_generator()
            channel.pause = False
