"""The Wishbone bridge, between two initiators and a frame of memory.

cocotbext-wishbone's master makes lists of accesses within one cycle. What it does not do is this
file's own: an access that is given up, a strobe without a cycle, and an answer seen edge by edge.
"""

import random

import cocotb
from bridge import ADDR_WIDTH, ADDRESSES, BUS_ADDR_WIDTH, SIZE
from cocotb.triggers import RisingEdge
from cocotbext.wishbone.driver import WBOp
from frame_target import FrameTarget, answer, assert_outputs_are_registered, begin, bits, rule
from library import wishbone_master
from wishbone_rules import WishboneRules

from amagic_sim.drivers import tick

ACK, ERR = 1, 2
"""The library's names for an answer."""


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
    target = await begin(dut, delay)
    cocotb.start_soon(WishboneRules(dut, target).run())
    return Initiator(dut), target


@rule
async def a_read_returns_the_frames_data(dut):
    wb, target = await setup(dut)
    for addr in ADDRESSES:
        assert await wb.access(addr) == answer(addr)
        assert target.take_one()[:3] == (False, addr, 0xF)


@rule
async def a_write_carries_address_data_and_bytes(dut):
    wb, target = await setup(dut)
    for addr in ADDRESSES:
        for sel in range(16):
            await wb.access(addr, data=0x1234_5678 + sel, sel=sel)
            assert target.take_one()[:4] == (True, addr, sel, 0x1234_5678 + sel)


@rule
async def a_read_names_its_bytes(dut):
    wb, target = await setup(dut)
    for sel in range(16):
        await wb.access(4, sel=sel)
        assert target.take_one().be == sel


@rule
async def an_access_takes_two_cycles_more_than_the_frame_does(dut):
    wait = 0
    wb, target = await setup(dut, lambda: wait)
    for wait in (0, 1, 2, 7, 30):
        wb.present(4)
        cycles = 0
        while not bits(dut.wb__ack):
            await RisingEdge(dut.clk)
            cycles += 1
        wb.drop()
        assert cycles == 2 + 1 + wait
        await tick(dut, 2)
    assert len(target.accesses) == 5


@rule
async def back_to_back_accesses_happen_once_each(dut):
    wb, target = await setup(dut)
    expected = []
    for n in range(20):
        addr = 4 * (n % (SIZE // 4))
        data = n if n % 3 == 0 else None
        result = await wb.access(addr, data=data, keep=True)
        if data is None:
            assert result == answer(addr)
        expected.append((data is not None, addr))
    wb.drop()
    await tick(dut, 20)
    assert [access[:2] for access in target.accesses] == expected


@rule
async def the_acknowledge_lasts_one_cycle(dut):
    wb, _ = await setup(dut)
    await wb.access(4)
    for _ in range(10):
        await tick(dut)
        assert not bits(dut.wb__ack)


@rule
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
        assert target.take_one()[4:] == (cpu, cpu & 1)


@rule
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


@rule
async def an_access_given_up_ends_on_the_frame_port_without_an_acknowledge(dut):
    wb, target = await setup(dut, lambda: 6)
    for patience in range(1, 8):  # the last falls in the very cycle of the frame's answer
        wb.present(0, data=0x600D)
        for _ in range(patience):
            await tick(dut)
            assert not bits(dut.wb__ack)
        wb.drop()
        for _ in range(15):
            await tick(dut)
            assert not bits(dut.wb__ack)
        assert target.take_one()[:4] == (True, 0, 0xF, 0x600D)


@rule
async def the_access_after_one_given_up_gets_its_own_answer(dut):
    wb, target = await setup(dut, lambda: 6)
    for pause in range(1, 12):
        wb.present(0)
        await tick(dut, 2)
        wb.drop()
        await tick(dut, pause)
        assert await wb.access(4) == answer(4)
        await tick(dut, 10)
        assert [access.addr for access in target.take()] == [0, 4]


@rule
async def an_access_outside_the_frame_is_an_error_and_does_not_reach_it(dut):
    wb, target = await setup(dut)
    for bit in range(ADDR_WIDTH, BUS_ADDR_WIDTH):
        for data in (None, 0xBAD):
            wb.present(1 << bit | 4, data=data)
            for _ in range(10):
                await RisingEdge(dut.clk)
                assert not bits(dut.wb__ack)
                if bits(dut.wb__err):
                    break
            else:
                raise AssertionError("no ERR")
            assert await wb.access(4) == answer(4), "with the strobe kept"
            assert not bits(dut.wb__err)
            assert [access.addr for access in target.take()] == [4]


@rule
async def no_output_follows_an_input_within_a_cycle(dut):
    wb, target = await setup(dut, lambda: 4)
    inputs = ("adr", "dat_w", "sel", "we", "cyc", "stb")
    wb.present(4, data=0x600D)
    for _ in range(7):
        await assert_outputs_are_registered(dut, "wb", inputs)
    wb.drop()
    await tick(dut, 10)
    assert len(target.accesses) == 1


@rule
async def any_mix_of_accesses_and_pauses_arrives_in_order(dut):
    rng = random.Random(2)
    wb, target = await setup(dut, lambda: rng.choice((0, 0, 0, 1, 2, 9)))
    expected = []
    for _ in range(300):
        addr = 4 * rng.randrange(SIZE // 4)
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


@rule
async def lists_of_accesses_arrive_once_and_in_order(dut):
    rng = random.Random(5)
    _, target = await setup(dut, lambda: rng.choice((0, 0, 0, 1, 2, 9)))
    master = wishbone_master(dut)
    outside = 1 << BUS_ADDR_WIDTH - 3 if BUS_ADDR_WIDTH > ADDR_WIDTH else 0
    for most_idle in (0, 4):
        ops = [
            WBOp(
                adr=rng.randrange(SIZE // 4) | rng.choice((0, 0, 0, outside)),
                dat=rng.choice((None, rng.getrandbits(32))),
                sel=rng.randrange(16),
                idle=rng.randint(0, most_idle),
            )
            for _ in range(100)
        ]
        results = await master.send_cycle(ops)
        expected = []
        for op, result in zip(ops, results, strict=True):
            assert result.ack == (ERR if op.adr & outside else ACK)
            if not op.adr & outside:
                assert op.dat is not None or int(result.datrd) == answer(op.adr << 2)
                expected.append((op.dat is not None, op.adr << 2, op.sel, op.dat or 0))
        assert [access[:4] for access in target.take()] == expected
