"""The probe: what it records, when, in which order, and what it says it lost."""

import os
from typing import NamedTuple

import cocotb
from amaranth.lib.data import Layout
from cocotb.triggers import RisingEdge
from cocotb.utils import get_sim_time

from amagic.gic.transaction import Kind, Transaction
from amagic.registers.probe import PROBE
from amagic.soc.events import EventKind
from amagic.soc.probe import FrameAccess
from amagic.timer.timer import TimerWrite
from amagic_sim.drivers import CLOCK_NS, FramePort, start, tick

HARTS, FRAMES, DEPTH = (int(os.environ[name]) for name in ("HARTS", "FRAMES", "DEPTH"))
USER, SUPERVISOR, MACHINE = 0, 1, 3


class Record(NamedTuple):
    time: int
    kind: EventKind
    cpu: int
    aux: int
    value: int


def unpack(time: int, info: int, value: int) -> Record:
    return Record(time, EventKind(info >> 27), info >> 24 & 7, info & 0xFFFF, value)


def pack(struct, **fields: int) -> int:
    """A struct port's value."""
    layout = Layout.cast(struct)
    assert fields.keys() <= {name for name, _ in layout}
    return sum(int(value) << layout[name].offset for name, value in fields.items())


def bits(signal) -> int:
    return int(str(signal.value), 2)


class Driver:
    """The probe's inputs, and what comes out of its port ``recorded``.

    The probe is given a count that goes up by one in each cycle, from ``base`` on.
    """

    def __init__(self, dut, base: int = 1000):
        self.dut = dut
        self.port = FramePort(dut)
        self.records: list[Record] = []
        self.base = base
        self._start = get_sim_time("ns")

    @property
    def now(self) -> int:
        """The count of the cycle that begins with the last edge."""
        return self.base + round((get_sim_time("ns") - self._start) / CLOCK_NS)

    async def run(self) -> None:
        dut = self.dut
        while True:
            dut.count.value = self.now
            await RisingEdge(dut.clk)
            if dut.recorded__valid.value == 1:
                raw = [bits(getattr(dut, f"recorded__{m}")) for m in ("time", "info", "value")]
                self.records.append(unpack(*raw))

    async def read(self, register, index: int = 0) -> int:
        return await self.port.read(register.at(index))

    async def write(self, register, value: int, index: int = 0, cpu: int = 0) -> None:
        await self.port.write(register.at(index), value, cpu=cpu)

    async def settle(self) -> list[Record]:
        """Let everything come out; returns the records since the last time."""
        await tick(self.dut, 64)
        records, self.records = self.records, []
        return records

    async def watch(self, n: int, pc: int, privilege: int, enable: int = 1) -> None:
        await self.write(PROBE.WATCH_PC, pc, n)
        control = PROBE.WATCH_CTRL.pack(Enable=enable, Privilege=privilege)
        await self.write(PROBE.WATCH_CTRL, control, n)

    async def pop_record(self) -> Record:
        low, high, info, value = [await self.read(PROBE.RECORD, n) for n in range(4)]
        await self.write(PROBE.POP, 0)
        return unpack(high << 32 | low, info, value)

    def cpu(self, hart: int, member: str):
        return getattr(self.dut, f"cpu__{hart}__{member}")

    async def pulse(self, signal, value: int) -> int:
        """``value`` for one cycle; returns the count of that cycle."""
        signal.value = value
        now = self.now
        await tick(self.dut)
        signal.value = 0
        return now


async def setup(dut, base: int = 1000) -> Driver:
    await start(dut)
    driver = Driver(dut, base)
    cocotb.start_soon(driver.run())
    await tick(dut)
    return driver


def levels(dut):
    """Every level input: the signal, the kind, its bits, and what names the bit."""
    return (
        (dut.virtual_irq, EventKind.VTIMER, FRAMES, "aux"),
        (dut.physical_irq, EventKind.PTIMER, FRAMES, "aux"),
        (dut.irq, EventKind.IRQ, HARTS, "cpu"),
        (dut.virq, EventKind.VIRQ, HARTS, "cpu"),
        (dut.maintenance, EventKind.MAINTENANCE, HARTS, "cpu"),
    )


@cocotb.test()
async def each_change_of_a_level_is_an_event_of_its_cycle(dut):
    p = await setup(dut)
    for signal, kind, width, named in levels(dut):
        for bit in range(width):
            for level in (1, 0):
                signal.value = level << bit
                at = p.now
                cpu, aux = (bit, 0) if named == "cpu" else (0, bit)
                assert await p.settle() == [Record(at, kind, cpu, aux, level)]


@cocotb.test()
async def a_level_that_stays_is_no_event(dut):
    p = await setup(dut)
    dut.irq.value = 1
    assert len(await p.settle()) == 1
    assert await p.settle() == []


@cocotb.test()
async def events_of_one_cycle_are_all_kept_with_the_same_time(dut):
    p = await setup(dut)
    await p.watch(3, 0x40000100, MACHINE)
    await p.watch(7, 0x40000100, MACHINE)
    p.cpu(0, "privilege").value = MACHINE
    await p.settle()
    for signal, _, width, _ in levels(dut):
        signal.value = (1 << width) - 1
    access = pack(FrameAccess, stb=1, write=1, cpu=0, addr=0x4000 + 0x100, data=0xA5A5A5A5)
    dut.gic.value = access
    dut.distributor.value = pack(Transaction, stb=1, kind=Kind.ACKNOWLEDGE.value, intid=27)
    dut.timer.value = pack(TimerWrite, stb=1, addr=0x11030 >> 2, data=7)
    p.cpu(0, "pc").value = 0x40000100
    p.cpu(0, "retire").value = 1
    at = p.now
    await tick(dut)
    dut.gic.value = dut.distributor.value = dut.timer.value = 0
    p.cpu(0, "retire").value = 0
    records = await p.settle()
    expected = [Record(at, EventKind.VTIMER, 0, n, 1) for n in range(FRAMES)]
    expected += [Record(at, EventKind.PTIMER, 0, n, 1) for n in range(FRAMES)]
    for kind in (EventKind.IRQ, EventKind.VIRQ, EventKind.MAINTENANCE):
        expected += [Record(at, kind, hart, 0, 1) for hart in range(HARTS)]
    expected += [
        Record(at, EventKind.GICH_WRITE, 0, 0x100, 0xA5A5A5A5),
        Record(at, EventKind.DISTRIBUTOR, 0, Kind.ACKNOWLEDGE.value << 12 | 27, 0),
        Record(at, EventKind.WATCH, 0, 3, 0x40000100),
        Record(at, EventKind.WATCH, 0, 7, 0x40000100),
        Record(at, EventKind.TIMER_WRITE, 0, 0x11030 >> 2, 7),
    ]
    assert records == expected
    assert await p.read(PROBE.DROPPED) == 0


@cocotb.test()
async def a_burst_keeps_each_event_with_its_own_time_and_in_order(dut):
    p = await setup(dut)
    expected = []
    for cycle in range(10):
        level = cycle % 2 ^ 1
        dut.irq.value = level
        dut.virq.value = level
        expected += [
            Record(p.now, EventKind.IRQ, 0, 0, level),
            Record(p.now, EventKind.VIRQ, 0, 0, level),
        ]
        await tick(dut)
    assert await p.settle() == expected
    assert await p.read(PROBE.DROPPED) == 0


@cocotb.test()
async def accesses_to_the_gic_are_told_apart_by_its_map(dut):
    p = await setup(dut)
    for addr, write, kind, cpu, offset in (
        (0x1000, 1, EventKind.GICD_WRITE, 5, 0x000),
        (0x1F00, 1, EventKind.GICD_WRITE, 5, 0xF00),
        (0x1100, 0, None, 5, 0),
        (0x200C, 0, EventKind.GICC_READ, 5, 0x00C),
        (0x2010, 1, EventKind.GICC_WRITE, 5, 0x010),
        (0x3000, 1, EventKind.GICC_WRITE, 5, 0x1000),
        (0x4100, 1, EventKind.GICH_WRITE, 5, 0x100),
        (0x4100, 0, None, 5, 0),
        (0x5700, 1, EventKind.GICH_WRITE, 3, 0x100),
        (0x5F00, 0, None, 5, 0),
        (0x600C, 0, EventKind.GICV_READ, 5, 0x00C),
        (0x6010, 1, EventKind.GICV_WRITE, 5, 0x010),
        (0x7000, 1, EventKind.GICV_WRITE, 5, 0x1000),
        (0x0000, 1, None, 5, 0),
    ):
        value = pack(FrameAccess, stb=1, write=write, cpu=5, addr=addr, data=0xDEADBEEF)
        at = await p.pulse(dut.gic, value)
        expected = [] if kind is None else [Record(at, kind, cpu, offset, 0xDEADBEEF)]
        assert await p.settle() == expected, f"{addr:#x}"


@cocotb.test()
async def a_transaction_of_the_distributor_names_its_kind_interrupt_and_cpu(dut):
    p = await setup(dut)
    for kind, intid, cpu in ((Kind.DEACTIVATE, 27, 0), (Kind.LINE, 1019, 7), (Kind.FORWARD, 30, 1)):
        value = pack(Transaction, stb=1, kind=kind.value, cpu=cpu, intid=intid)
        at = await p.pulse(dut.distributor, value)
        expected = Record(at, EventKind.DISTRIBUTOR, cpu, kind.value << 12 | intid, cpu)
        assert await p.settle() == [expected]


@cocotb.test()
async def a_timer_write_tells_word_address_and_data(dut):
    p = await setup(dut)
    value = pack(TimerWrite, stb=1, cpu=1, addr=0x1F03C >> 2, data=0x80000003)
    at = await p.pulse(dut.timer, value)
    assert await p.settle() == [Record(at, EventKind.TIMER_WRITE, 1, 0x1F03C >> 2, 0x80000003)]


@cocotb.test()
async def a_change_of_privilege_tells_the_level_entered(dut):
    p = await setup(dut)
    for hart in range(HARTS):
        for privilege in (MACHINE, SUPERVISOR, USER, MACHINE):
            p.cpu(hart, "privilege").value = privilege
            at = p.now
            assert await p.settle() == [Record(at, EventKind.PRIVILEGE, hart, 0, privilege)]


@cocotb.test()
async def a_watch_hits_when_its_instruction_retires_at_its_privilege(dut):
    p = await setup(dut)
    for hart in range(HARTS):
        pc, privilege, retire = (p.cpu(hart, m) for m in ("pc", "privilege", "retire"))
        privilege.value = SUPERVISOR
        for n in (0, 7):
            await p.watch(n, 0x40001230, SUPERVISOR)
            await p.settle()
            pc.value = 0x40001230
            assert await p.settle() == [], "in the last stage, but it does not retire"
            at = await p.pulse(retire, 1)
            assert await p.settle() == [Record(at, EventKind.WATCH, hart, n, 0x40001230)]
            pc.value = 0x40001234
            await p.pulse(retire, 1)
            assert await p.settle() == [], "another instruction"
            pc.value = 0x40001230
            privilege.value = MACHINE
            await p.settle()
            await p.pulse(retire, 1)
            assert await p.settle() == [], "the same address at another privilege"
            privilege.value = SUPERVISOR
            await p.watch(n, 0x40001230, SUPERVISOR, enable=0)
            await p.settle()
            await p.pulse(retire, 1)
            assert await p.settle() == [], "not enabled"


@cocotb.test()
async def retiring_twice_is_two_hits(dut):
    p = await setup(dut)
    await p.watch(1, 0x80, USER)
    p.cpu(0, "pc").value = 0x80
    p.cpu(0, "retire").value = 1
    await tick(dut, 2)
    p.cpu(0, "retire").value = 0
    times = [record.time for record in await p.settle()]
    assert len(times) == 2 and times[1] == times[0] + 1


@cocotb.test()
async def a_mark_is_an_event_with_the_writers_number(dut):
    p = await setup(dut)
    await p.write(PROBE.MARK, 0x20000001, cpu=1)
    (record,) = await p.settle()
    assert record[1:] == (EventKind.MARK, 1, 0, 0x20000001)


@cocotb.test()
async def kinds_masks_each_kind_apart(dut):
    p = await setup(dut)
    await p.write(PROBE.KINDS, 0xFFFF_FFFF & ~(1 << EventKind.IRQ | 1 << EventKind.GICC_READ))
    await p.settle()
    dut.irq.value = 1
    dut.virq.value = 1
    await p.pulse(dut.gic, pack(FrameAccess, stb=1, write=0, addr=0x200C))
    await p.pulse(dut.gic, pack(FrameAccess, stb=1, write=1, addr=0x2010))
    kinds = [record.kind for record in await p.settle()]
    assert kinds == [EventKind.VIRQ, EventKind.GICC_WRITE]
    assert await p.read(PROBE.KINDS) == 0xFFFF_FF77


@cocotb.test()
async def disabled_it_records_nothing_and_enabled_again_no_past_change(dut):
    p = await setup(dut)
    await p.write(PROBE.CTRL, 0)
    await p.settle()
    dut.irq.value = 1
    await p.write(PROBE.MARK, 1)
    assert await p.settle() == []
    await p.write(PROBE.CTRL, PROBE.CTRL.pack(Enable=1))
    assert await p.settle() == []
    dut.irq.value = 0
    assert [record.value for record in await p.settle()] == [0]


@cocotb.test()
async def the_buffer_gives_the_records_back_oldest_first(dut):
    p = await setup(dut, base=0x1234_5678_9ABC_D000)
    for n in range(DEPTH):
        await p.write(PROBE.MARK, n << 4)
    sent = await p.settle()
    assert len(sent) == DEPTH and sent[0].time >> 32 == 0x1234_5678
    assert await p.read(PROBE.COUNT) == DEPTH
    for left, record in zip(range(DEPTH, 0, -1), sent, strict=True):
        assert await p.read(PROBE.COUNT) == left
        assert await p.pop_record() == record
    assert await p.read(PROBE.COUNT) == 0


@cocotb.test()
async def a_full_buffer_keeps_the_oldest_and_counts_the_others(dut):
    p = await setup(dut)
    for n in range(DEPTH + 3):
        await p.write(PROBE.MARK, n)
    sent = await p.settle()
    assert len(sent) == DEPTH + 3, "the port has no buffer to fill"
    assert await p.read(PROBE.COUNT) == DEPTH
    assert await p.read(PROBE.UNREAD) == 3
    assert await p.read(PROBE.DROPPED) == 0
    assert await p.pop_record() == sent[0]
    await p.write(PROBE.MARK, 0xFFFF)
    (last,) = await p.settle()
    for record in [*sent[1:DEPTH], last]:
        assert await p.pop_record() == record


@cocotb.test()
async def popping_an_empty_buffer_has_no_effect(dut):
    p = await setup(dut)
    await p.write(PROBE.POP, 0)
    assert await p.read(PROBE.COUNT) == 0
    await p.write(PROBE.MARK, 5)
    (record,) = await p.settle()
    assert await p.read(PROBE.COUNT) == 1
    assert await p.pop_record() == record


@cocotb.test()
async def clear_empties_the_buffer_and_the_counters_and_leaves_the_rest(dut):
    p = await setup(dut)
    for n in range(DEPTH + 1):
        await p.write(PROBE.MARK, n)
    await overrun(p)
    assert await p.read(PROBE.UNREAD) and await p.read(PROBE.DROPPED)
    await p.settle()
    await p.write(PROBE.CTRL, PROBE.CTRL.pack(Enable=1, Clear=1))
    for register in (PROBE.COUNT, PROBE.UNREAD, PROBE.DROPPED):
        assert await p.read(register) == 0, register.name
    assert await p.read(PROBE.CTRL) == PROBE.CTRL.pack(Enable=1)
    await p.write(PROBE.MARK, 9)
    (record,) = await p.settle()
    assert await p.pop_record() == record


async def overrun(p: Driver, cycles: int = 120) -> int:
    """Two and more events a cycle for longer than the queue can hold; returns how many."""
    count = 0
    for cycle in range(cycles):
        for signal, _, width, _ in levels(p.dut):
            signal.value = ((1 << width) - 1) * (cycle % 2 ^ 1)
            count += width
        await tick(p.dut)
    await tick(p.dut, 600)
    return count


@cocotb.test()
async def what_is_lost_at_the_queue_is_counted_event_by_event(dut):
    p = await setup(dut)
    happened = await overrun(p)
    records = await p.settle()
    dropped = await p.read(PROBE.DROPPED)
    assert dropped > 0
    assert len(records) + dropped == happened
    times = [record.time for record in records]
    assert times == sorted(times)


@cocotb.test()
async def after_reset_it_is_on_for_every_kind(dut):
    p = await setup(dut)
    assert await p.read(PROBE.CTRL) == PROBE.CTRL.reset == PROBE.CTRL.pack(Enable=1)
    assert await p.read(PROBE.KINDS) == PROBE.KINDS.reset
    for n in range(PROBE.WATCH_PC.count):
        assert await p.read(PROBE.WATCH_CTRL, n) == 0


@cocotb.test()
async def watch_registers_read_back(dut):
    p = await setup(dut)
    for n in range(PROBE.WATCH_PC.count):
        await p.watch(n, 0x1000_0000 + n, n % 4, enable=n & 1)
    for n in range(PROBE.WATCH_PC.count):
        assert await p.read(PROBE.WATCH_PC, n) == 0x1000_0000 + n
        expected = PROBE.WATCH_CTRL.pack(Enable=n & 1, Privilege=n % 4)
        assert await p.read(PROBE.WATCH_CTRL, n) == expected


@cocotb.test()
async def narrow_writes_and_unmapped_addresses_do_nothing(dut):
    p = await setup(dut)
    await p.port.write(PROBE.MARK.offset, 1, size=1)
    await p.port.write(PROBE.MARK.offset, 1, size=2)
    await p.port.write(0xFFC, 0xFFFFFFFF)
    assert await p.port.read(0xFFC) == 0
    assert await p.settle() == []
