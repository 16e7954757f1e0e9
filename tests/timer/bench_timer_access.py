"""The pages: what is where, who may see it, and what nobody can change."""

import os

import cocotb
from cocotb.triggers import RisingEdge
from timer_driver import CONTROL, CTL, ENABLE, READ, OneTimer, TimerDriver

from amagic.registers import (
    CNTBase,
    CNTControlBase,
    CNTCTLBase,
    CNTEL0Base,
    CNTReadBase,
    Frame,
)
from amagic.timer import TimerConfig
from amagic.timer.timer import ADDR_WIDTH, cntbase, cntel0base
from amagic_sim.drivers import start, tick

FRAMES = int(os.environ["FRAMES"])
FREQUENCY = int(os.environ["FREQUENCY"])
ACR, EL0ACR = CNTCTLBase.CNTACR, CNTBase.CNTEL0ACR
ALL_ACR = sum(field.mask for field in ACR.fields)
ALL_EL0ACR = sum(field.mask for field in EL0ACR.fields)

READ_ONLY_GATES = {"RPCT": ["CNTPCT"], "RVCT": ["CNTVCT"], "RFRQ": ["CNTFRQ"], "RVOFF": ["CNTVOFF"]}
"""CNTACR's bits for what is only read, and what each opens in CNTBaseN."""

EL0_GATES = {"EL0PCTEN": ["CNTPCT", "CNTFRQ"], "EL0VCTEN": ["CNTVCT", "CNTFRQ"]}
"""CNTEL0ACR's bits for what is only read, and what each opens in CNTEL0BaseN."""

TIMER_GATES = (("RWPT", "EL0PTEN", False), ("RWVT", "EL0VTEN", True))
"""CNTACR's and CNTEL0ACR's bit for a timer, and whether it is the virtual one."""


async def setup(dut) -> TimerDriver:
    await start(dut)
    return TimerDriver(dut)


async def fill(t: TimerDriver) -> None:
    """Give every register that is only read a value that is not 0, in every frame."""
    await t.set_count(0x0000_5555_0000_6666)
    for frame in range(FRAMES):
        await t.set_offset(frame, 0x0000_1111_0000_2222)


async def visible(t: TimerDriver, base: int) -> set[str]:
    """Which of the registers that are only read show anything in a page."""
    names = set()
    for name in ("CNTPCT", "CNTVCT", "CNTFRQ", "CNTVOFF"):
        register = CNTBase.by_name[name]
        words = [await t.read(base, register, n) for n in range(register.count)]
        if any(words):
            assert all(words), f"{name}: one half alone"
            names.add(name)
    return names


async def usable(t: TimerDriver, frame: int, virtual: bool, second_view: bool) -> bool:
    """Whether a timer can be read and written in a page. It is reset to nothing afterwards."""
    owner = OneTimer(t, frame, virtual)
    user = OneTimer(t, frame, virtual, second_view)
    cval = 0x0123_4567_0000_9999 + frame
    await user.set_cval(cval)
    await user.write("CTL", ENABLE)
    user_cval, user_ctl, user_tval = (
        await user.cval(),
        await user.read("CTL"),
        await user.read("TVAL"),
    )
    saved = await t.read(CTL, ACR, frame)
    await t.write(CTL, ACR, ALL_ACR, frame)
    written = (await owner.cval(), await owner.read("CTL"))
    await owner.write("CTL", 0)
    await owner.set_cval(0)
    await t.write(CTL, ACR, saved, frame)
    open_ = written == (cval, ENABLE)
    if open_:
        assert (user_cval, user_ctl) == (cval, ENABLE) and user_tval
    else:
        assert written == (0, 0), f"partly written: {written}"
        assert (user_cval, user_ctl, user_tval) == (0, 0, 0)
    return open_


@cocotb.test()
async def reset_values(dut):
    t = await setup(dut)
    assert await t.read(CTL, CNTCTLBase.CNTFRQ) == FREQUENCY
    for frame in range(FRAMES):
        assert await t.read(CTL, ACR, frame) == ACR.reset == ALL_ACR
        assert await t.read64(CTL, CNTCTLBase.CNTVOFF, 2 * frame) == 0
        assert await t.read(cntbase(frame), EL0ACR) == 0
        for virtual in (False, True):
            timer = OneTimer(t, frame, virtual)
            assert await timer.read("CTL") == 0
            assert await timer.cval() == 0
    assert int(str(dut.virtual_irq.value), 2) == int(str(dut.physical_irq.value), 2) == 0


@cocotb.test()
async def cnttidr_describes_the_frames_there_are(dut):
    t = await setup(dut)
    fields = CNTCTLBase.CNTTIDR.unpack(await t.read(CTL, CNTCTLBase.CNTTIDR))
    assert list(fields.values()) == [0b0111] * FRAMES + [0] * (8 - FRAMES)
    await t.write(CTL, CNTCTLBase.CNTTIDR, 0)
    assert CNTCTLBase.CNTTIDR.unpack(await t.read(CTL, CNTCTLBase.CNTTIDR)) == fields


@cocotb.test()
async def every_frame_accepts_nonsecure_accesses(dut):
    t = await setup(dut)
    assert await t.read(CTL, CNTCTLBase.CNTNSAR) == (1 << FRAMES) - 1
    await t.write(CTL, CNTCTLBase.CNTNSAR, 0)
    assert await t.read(CTL, CNTCTLBase.CNTNSAR) == (1 << FRAMES) - 1


@cocotb.test()
async def cntfrq_is_written_in_cntctlbase_and_read_everywhere(dut):
    t = await setup(dut)
    await t.write(CTL, CNTCTLBase.CNTFRQ, 0xDEAD_BEEF)
    for frame in range(FRAMES):
        base = cntbase(frame)
        await t.write(base, EL0ACR, ALL_EL0ACR)
        for page in (base, cntel0base(frame)):
            await t.write(page, CNTBase.CNTFRQ, 1)
            assert await t.read(page, CNTBase.CNTFRQ) == 0xDEAD_BEEF


@cocotb.test()
async def offsets_are_written_by_halves_in_cntctlbase_alone(dut):
    t = await setup(dut)
    for frame in range(FRAMES):
        await t.write(CTL, CNTCTLBase.CNTVOFF, 0x100 + frame, 2 * frame)
        await t.write(CTL, CNTCTLBase.CNTVOFF, 0x200 + frame, 2 * frame + 1)
    for frame in range(FRAMES):
        expected = (0x200 + frame) << 32 | 0x100 + frame
        await t.write64(cntbase(frame), CNTBase.CNTVOFF, 0)
        assert await t.read64(cntbase(frame), CNTBase.CNTVOFF) == expected
        assert await t.read64(CTL, CNTCTLBase.CNTVOFF, 2 * frame) == expected


@cocotb.test()
async def virtual_count_is_physical_count_less_the_offset(dut):
    t = await setup(dut)
    for count, offset in ((0x5_0000_0000, 1), (3, 5), (1 << 63, (1 << 63) - 1), (0, 0)):
        await t.set_count(count)
        for frame in range(FRAMES):
            await t.set_offset(frame, offset)
            assert await t.read64(cntbase(frame), CNTBase.CNTPCT) == count
            expected = (count - offset) % (1 << 64)
            assert await t.read64(cntbase(frame), CNTBase.CNTVCT) == expected


@cocotb.test()
async def counts_are_not_written_through_a_frame(dut):
    t = await setup(dut)
    await fill(t)
    for frame in range(FRAMES):
        before = [
            await t.read64(cntbase(frame), register)
            for register in (CNTBase.CNTPCT, CNTBase.CNTVCT)
        ]
        for register in (CNTBase.CNTPCT, CNTBase.CNTVCT):
            await t.write64(cntbase(frame), register, 0)
        after = [
            await t.read64(cntbase(frame), register)
            for register in (CNTBase.CNTPCT, CNTBase.CNTVCT)
        ]
        assert before == after and all(before)


@cocotb.test()
async def each_bit_of_cntacr_opens_its_registers_in_its_frame(dut):
    t = await setup(dut)
    await fill(t)
    for frame in range(FRAMES):
        base = cntbase(frame)
        for field in ACR.fields:
            await t.write(CTL, ACR, field.mask, frame)
            assert await visible(t, base) == set(READ_ONLY_GATES.get(field.name, [])), field.name
            for rw, _, virtual in TIMER_GATES:
                assert await usable(t, frame, virtual, False) == (field.name == rw), field.name
        await t.write(CTL, ACR, 0, frame)
        assert await visible(t, base) == set()
        for other in range(FRAMES):
            if other != frame:
                assert len(await visible(t, cntbase(other))) == 4
        await t.write(CTL, ACR, ALL_ACR, frame)


@cocotb.test()
async def cntacr_keeps_its_six_bits(dut):
    t = await setup(dut)
    for frame in range(FRAMES):
        for value in (0xFFFF_FFFF, 0xFFFF_FFC0, 0x15, 0x2A):
            await t.write(CTL, ACR, value, frame)
            assert await t.read(CTL, ACR, frame) == value & 0x3F


@cocotb.test()
async def cntel0acr_keeps_its_four_bits(dut):
    t = await setup(dut)
    for frame in range(FRAMES):
        for value in (0xFFFF_FFFF, 0x101, 0x202, 0):
            await t.write(cntbase(frame), EL0ACR, value)
            assert await t.read(cntbase(frame), EL0ACR) == value & ALL_EL0ACR
    assert ALL_EL0ACR == 0x303


@cocotb.test()
async def each_bit_of_cntel0acr_opens_its_registers_in_the_second_view(dut):
    t = await setup(dut)
    await fill(t)
    for frame in range(FRAMES):
        second = cntel0base(frame)
        assert await visible(t, second) == set()
        for field in EL0ACR.fields:
            await t.write(cntbase(frame), EL0ACR, field.mask)
            assert await visible(t, second) == set(EL0_GATES.get(field.name, [])), field.name
            for _, el0, virtual in TIMER_GATES:
                assert await usable(t, frame, virtual, True) == (field.name == el0), field.name
        await t.write(cntbase(frame), EL0ACR, 0)
        for other in range(FRAMES):
            assert await visible(t, cntel0base(other)) == set()


@cocotb.test()
async def what_the_first_view_hides_the_second_cannot_show(dut):
    t = await setup(dut)
    await fill(t)
    for frame in range(FRAMES):
        await t.write(cntbase(frame), EL0ACR, ALL_EL0ACR)
        shown = {"CNTPCT", "CNTVCT", "CNTFRQ"}
        assert await visible(t, cntel0base(frame)) == shown
        for field in ACR.fields:
            await t.write(CTL, ACR, ALL_ACR & ~field.mask, frame)
            hidden = set(READ_ONLY_GATES.get(field.name, []))
            assert await visible(t, cntel0base(frame)) == shown - hidden, field.name
            for rw, _, virtual in TIMER_GATES:
                assert await usable(t, frame, virtual, True) == (field.name != rw), field.name
        await t.write(CTL, ACR, ALL_ACR, frame)


@cocotb.test()
async def the_second_view_has_neither_its_own_control_nor_the_offset(dut):
    t = await setup(dut)
    await fill(t)
    for frame in range(FRAMES):
        second = cntel0base(frame)
        for given in (ALL_EL0ACR, 0):
            await t.write(cntbase(frame), EL0ACR, given)
            for value in (0xFFFF_FFFF, 0):
                await t.write(second, EL0ACR, value)
                assert await t.read(second, EL0ACR) == 0
                assert await t.read(cntbase(frame), EL0ACR) == given
            assert "CNTVOFF" not in await visible(t, second)


@cocotb.test()
async def a_guest_with_virtual_timer_and_count_cannot_reach_the_physical_timer(dut):
    t = await setup(dut)
    await fill(t)
    for frame in range(FRAMES):
        given = EL0ACR.pack(EL0VTEN=1, EL0VCTEN=1)
        await t.write(cntbase(frame), EL0ACR, given)
        host = OneTimer(t, frame, virtual=False)
        await host.set_cval(0x7777_0000_8888)
        await host.write("CTL", ENABLE)
        # Whatever a guest writes to its page, the host's timer and the page's control stay.
        for offset in range(0, 0x1000, 4):
            if offset // 4 % 64 < 20 or offset > 0xFC0:
                await t.port.write(cntel0base(frame) + offset, 0xFFFF_FFFF)
        assert await host.cval() == 0x7777_0000_8888
        assert await host.read("CTL") == ENABLE
        assert await t.read(cntbase(frame), EL0ACR) == given
        assert await t.read64(cntbase(frame), CNTBase.CNTVOFF) == 0x0000_1111_0000_2222
        reach = OneTimer(t, frame, virtual=False, second_view=True)
        assert [await reach.read(name) for name in ("CVAL", "TVAL", "CTL")] == [0, 0, 0]
        assert await visible(t, cntel0base(frame)) == {"CNTVCT", "CNTFRQ"}
        await host.write("CTL", 0)


@cocotb.test()
async def both_views_are_the_same_timer(dut):
    t = await setup(dut)
    for frame in range(FRAMES):
        await t.write(cntbase(frame), EL0ACR, ALL_EL0ACR)
        for virtual in (False, True):
            first = OneTimer(t, frame, virtual)
            second = OneTimer(t, frame, virtual, second_view=True)
            await second.set_cval(0xAAAA_0000_BBBB + frame)
            await second.write("CTL", ENABLE)
            assert await first.cval() == 0xAAAA_0000_BBBB + frame
            assert await first.read("CTL") == ENABLE
            await first.write("CTL", 0)
            assert await second.read("CTL") == 0


def pages() -> dict[int, Frame]:
    """Every page that is there, by its address."""
    there = {CONTROL: CNTControlBase, READ: CNTReadBase, CTL: CNTCTLBase}
    for frame in range(FRAMES):
        there |= {cntbase(frame): CNTBase, cntel0base(frame): CNTEL0Base}
    return there


@cocotb.test()
async def every_page_has_its_identification_whatever_is_hidden(dut):
    t = await setup(dut)
    expected = list(TimerConfig(frames=FRAMES, frequency=FREQUENCY).counter_id)
    for frame in range(FRAMES):
        await t.write(CTL, ACR, 0, frame)
    for base, frame in pages().items():
        for value in (0, 0xFFFF_FFFF):
            words = [await t.read(base, frame.CounterID, n) for n in range(12)]
            assert words == expected, hex(base)
            await t.write(base, frame.CounterID, value, 4)


def implemented(frame: Frame, base: int) -> set[int]:
    """The offsets in a page at which this configuration has a register."""
    counts = {"CNTACR": FRAMES, "CNTVOFF": 2 * FRAMES} if base == CTL else {}
    return {
        register.at(n)
        for register in frame
        for n in range(counts.get(register.name, register.count))
    }


@cocotb.test()
async def what_is_not_there_reads_zero_and_ignores_writes(dut):
    t = await setup(dut)
    there = {base + offset for base, page in pages().items() for offset in implemented(page, base)}
    nowhere = [
        base + offset
        for base in range(0, 1 << ADDR_WIDTH, 0x1000)
        # Every offset near the registers, and some of those far from any.
        for offset in (*range(0, 0x110, 4), 0x400, 0x800, *range(0xFC0, 0x1000, 4))
        if base + offset not in there
    ]
    readable = sorted(there)
    for frame in range(FRAMES):
        await t.write(cntbase(frame), EL0ACR, ALL_EL0ACR)
    before = [await t.port.read(address) for address in readable]
    for address in nowhere:
        await t.port.write(address, 0xFFFF_FFFF)
        assert await t.port.read(address) == 0, hex(address)
    assert [await t.port.read(address) for address in readable] == before


@cocotb.test()
async def a_write_of_less_than_a_word_is_ignored(dut):
    t = await setup(dut)
    timer = OneTimer(t, FRAMES - 1, virtual=True)
    await timer.set_cval(0x1234_5678_9ABC_DEF0)
    base = cntbase(FRAMES - 1)
    for offset in range(CNTBase.CNTV_CVAL.offset, CNTBase.CNTV_CTL.offset + 4):
        await t.port.write(base + offset, 0xFF, size=1)
        if offset % 2 == 0:
            await t.port.write(base + offset, 0xFFFF, size=2)
    assert await timer.cval() == 0x1234_5678_9ABC_DEF0
    assert await timer.read("CTL") == 0
    await t.port.write(CONTROL, 1, size=1)
    await t.port.write(CTL + ACR.at(0), 0, size=2)
    assert await t.read(CONTROL, CNTControlBase.CNTCR) == 0
    assert await t.read(CTL, ACR, 0) == ALL_ACR


@cocotb.test()
async def the_cpu_and_the_security_state_make_no_difference(dut):
    t = await setup(dut)
    offset = cntbase(0) + CNTBase.CNTP_CVAL.offset
    for cpu in range(8):
        for secure in (0, 1):
            await t.port.write(offset, cpu << 4 | secure, cpu=cpu, secure=secure)
            assert await t.port.read(offset, cpu=7 - cpu, secure=1 - secure) == cpu << 4 | secure


@cocotb.test()
async def an_access_takes_three_cycles_wherever_it_goes(dut):
    t = await setup(dut)
    for base in (*pages(), 0x3000, 0xF000, (1 << ADDR_WIDTH) - 0x1000):
        for offset in (0, 0x30, 0xFFC):
            await t.port.read(base + offset)
            assert t.port.cycles == 3
            await t.port.write(base + offset, 0)
            assert t.port.cycles == 3


@cocotb.test()
async def back_to_back_accesses_happen_once_each(dut):
    t = await setup(dut)
    address = cntbase(0) + CNTBase.CNTP_TVAL.offset
    dut.frame__addr.value = address
    dut.frame__be.value = 0xF
    dut.frame__w_data.value = 5
    dut.frame__w_stb.value = 1
    acknowledged, told = [], []
    for cycle in range(30):
        await RisingEdge(dut.clk)
        if dut.frame__ack.value == 1:
            acknowledged.append(cycle)
        if int(str(dut.written.value), 2) & 1:
            told.append(cycle)
    dut.frame__w_stb.value = 0
    await tick(dut, 5)
    assert acknowledged == list(range(2, 30, 3))
    assert told == list(range(0, 30, 3))
    assert await OneTimer(t, 0, virtual=False).read("TVAL") == 5


@cocotb.test()
async def each_write_is_told_once_in_its_first_cycle(dut):
    t = await setup(dut)
    await t.enable_counter()
    told = []

    async def listen():
        while True:
            await RisingEdge(dut.clk)
            word = int(str(dut.written.value), 2)
            if word & 1:
                told.append((t.count(), word >> 1 & 7, word >> 4 & 0xFFFF, word >> 20))

    cocotb.start_soon(listen())
    for address, data, cpu in (
        (cntel0base(0) + CNTBase.CNTV_CTL.offset, 0x1234_5678, 3),  # which has no effect
        (CTL + CNTCTLBase.CNTVOFF.at(1), 0xFFFF_FFFF, 7),
        ((1 << ADDR_WIDTH) - 4, 1, 0),
    ):
        told.clear()
        first = t.count() + 1
        await t.port.write(address, data, cpu=cpu)
        await t.port.read(address)
        await tick(dut, 3)
        assert told == [(first, cpu, address >> 2, data)]
