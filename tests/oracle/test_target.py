"""QEMU runs operations: accesses by every CPU, the wires, the outputs, in their order."""

import random

import pytest

from amagic_sim.oracle import target
from amagic_sim.oracle.machine import Bus
from amagic_sim.oracle.process import OracleError
from amagic_sim.oracle.ring import Ring
from amagic_sim.replay.operation import Access, Drive, Outputs, Pulse, ScriptConfig, Settle

ONE = ScriptConfig(cpus=1, spis=256, priority_bits=8)
IRQ, QUIET = Outputs(nirq=1), Outputs()


def w(frame, offset, value, cpu=0, size=4):
    return Access(cpu, frame, offset, size, value)


def r(frame, offset, cpu=0, size=4):
    return Access(cpu, frame, offset, size)


def prepared(spi=40, cpu=0):
    """Group 0 on, an SPI enabled for a CPU."""
    return [
        w("GICD", 0x000, 1),
        w("GICC", 0x000, 1, cpu),
        w("GICC", 0x004, 0xF0, cpu),
        w("GICD", 0x800 + spi, 1 << cpu, size=1),
        w("GICD", 0x100 + spi // 32 * 4, 1 << spi % 32),
    ]


@pytest.mark.parametrize("route", ["agents", "qtest"])
def test_a_line_that_rises_is_seen_at_the_output_and_taken(qemu, route):
    operations = [*prepared(), Drive(0, 40, 1), r("GICC", 0xC), Drive(0, 40, 0), Settle()]
    answers = qemu(route).run(ONE, operations)
    assert answers[5].outputs == (IRQ,)
    assert answers[6] == (40, (QUIET,))
    assert [a.outputs for a in answers[7:]] == [(QUIET,), (QUIET,)]


@pytest.mark.parametrize("cpus", [2, 8])
def test_each_cpu_acts_and_is_looked_at(qemu, cpus):
    config = ScriptConfig(cpus=cpus, spis=256, priority_bits=8)
    last = cpus - 1
    operations = [*prepared(cpu=last), Drive(0, 40, 1), r("GICC", 0xC, 0), r("GICC", 0xC, last)]
    answers = qemu().run(config, operations)
    assert answers[5].outputs == (QUIET,) * last + (IRQ,)
    assert [a.value for a in answers[6:]] == [1023, 40]


@pytest.mark.parametrize("route", ["agents", "qtest"])
def test_virtual_lines_are_seen_beside_physical_ones(qemu, route):
    virtual = [
        w("GICH", 0x000, 1),
        w("GICV", 0x000, 0b1011),  # both groups; Group 0 as FIQ
        w("GICV", 0x004, 0xF8),
        w("GICH", 0x100, 0x10000028),
        w("GICH", 0x104, 0x50000029),
        w("GICH", 0x100, 0),
        w("GICH", 0x000, 3),
    ]
    gic = qemu(route)
    for before, nirq in (([], 0), ([*prepared(), Drive(0, 40, 1)], 1)):
        outputs = [a.outputs[0] for a in gic.run(ONE, [*before, *virtual])[-4:]]
        assert outputs == [
            Outputs(nirq, nvfiq=1),
            Outputs(nirq, nvfiq=1),
            Outputs(nirq, nvirq=1),
            Outputs(nirq, nvirq=1, maint=1),
        ]


@pytest.mark.parametrize("route", ["agents", "qtest"])
def test_a_forwarded_deactivation_is_seen_at_once(qemu, route):
    """QEMU looks at its physical lines only later: the target makes it."""
    operations = [
        *prepared(),
        w("GICC", 0x000, 0x201),
        Drive(0, 40, 1),
        r("GICC", 0xC),
        w("GICC", 0x10, 40),
        w("GICH", 0x000, 1),
        w("GICV", 0x000, 1),
        w("GICV", 0x004, 0xF8),
        w("GICH", 0x100, 0x9000A028),
        r("GICV", 0xC),
        w("GICV", 0x10, 40),
    ]
    answers = qemu(route).run(ONE, operations)
    assert answers[-2] == (40, (QUIET,))
    assert answers[-1].outputs == (IRQ,)


@pytest.mark.parametrize("route", ["agents", "qtest"])
def test_a_pulse_leaves_an_edge_pending_and_no_level(qemu, route):
    edge = [w("GICD", 0xC08, 0x00020000)]
    gic = qemu(route)
    for configuration, pending in (([], 0), (edge, 1 << 8)):
        operations = [*prepared(), *configuration, Pulse(0, 40), r("GICD", 0x204)]
        assert gic.run(ONE, operations)[-1].value == pending


@pytest.mark.parametrize("route", ["agents", "qtest"])
def test_the_first_operation_of_a_batch_is_answered(qemu, route, monkeypatch):
    monkeypatch.setattr(Ring, "capacity", 4)
    answers = qemu(route).run(ONE, [r("GICD", 0x004)] * 9)
    assert [answer.value for answer in answers] == [8] * 9


@pytest.mark.parametrize("pending", [0, 1])
def test_waking_the_cpus_is_not_seen_at_their_outputs(qemu, pending):
    """Each wire that moves ends a batch. A CPU with a pending interrupt does not sleep."""
    config = ScriptConfig(cpus=2, spis=256, priority_bits=8)
    operations = [*prepared(cpu=1), Drive(0, 40, pending), *[Pulse(0, 41)] * 60]
    answers = qemu().run(config, operations)
    assert {each.outputs for each in answers[6:]} == {(QUIET, IRQ if pending else QUIET)}


def test_every_run_begins_at_reset(qemu):
    gic = qemu()
    gic.run(ONE, [*prepared(), Drive(0, 40, 1), r("GICC", 0xC)])
    answers = gic.run(ONE, [r("GICD", 0x304), r("GICD", 0x204), r("GICC", 0xD0)])
    assert [a.value for a in answers] == [0, 0, 0]


def test_what_the_target_refuses_it_does_not_run(qemu):
    gic = qemu()
    assert gic.refusal(ScriptConfig(lrs=8), []) == "lrs=8"
    assert gic.refusal(ScriptConfig(timer=True), [r("CNTBase0", 0)]) == "frame CNTBase0"
    with pytest.raises(OracleError, match="cannot honour this: lrs=8"):
        gic.run(ScriptConfig(lrs=8), [])
    assert qemu("qtest").refusal(ScriptConfig(cpus=2), []) == "cpus=2"
    secure = ScriptConfig(priority_bits=8, security=1)
    assert gic.refusal(secure, []) is None
    assert qemu("qtest").refusal(secure, []) == "security=1"


def test_with_security_extensions_accesses_of_both_states_are_made(qemu):
    """Both kinds of outputs are seen too, although the agent runs at EL3."""
    config = ScriptConfig(priority_bits=8, security=1)
    operations = [
        Access(0, "GICD", 0x084, 4, 0x100, 1),  # SPI 40 is of Group 1
        Access(0, "GICD", 0x000, 4, 3, 1),
        Access(0, "GICC", 0x000, 4, 3, 1),
        Access(0, "GICC", 0x004, 4, 0xFF, 1),
        w("GICD", 0x104, 0x300),  # SPI 41, of Group 0, is not reached
        r("GICD", 0x104),
        Access(0, "GICD", 0x104, 4, None, 1),
        Drive(0, 40, 1),
        w("GICH", 0, 1),
        w("GICV", 0, 0b1011),
        w("GICV", 4, 0xFF),
        w("GICH", 0x100, 0x10000028),
        Access(0, "GICC", 0x00C, 4, None, 1),
        r("GICC", 0x00C),
    ]
    answers = qemu().run(config, operations)
    assert [each.value for each in answers[5:7]] == [0x100, 0x100]
    assert answers[7].outputs == (IRQ,)
    assert answers[11].outputs == (Outputs(nirq=1, nvfiq=1),)
    assert [each.value for each in answers[12:]] == [1022, 40]


def test_an_access_that_is_aborted_is_named(qemu, monkeypatch):
    """None in the GIC's frames is; a place without a device stands in for one."""
    nowhere = Bus(0x09FFF000, 4)
    for access in (r("GICD", 0xE00), w("GICD", 0xE00, 1)):
        monkeypatch.setattr(target, "lower", lambda _, a: [nowhere._replace(value=a.value)])
        with pytest.raises(OracleError, match=r"aborts Access\(cpu=0, frame='GICD', offset=3584"):
            qemu().run(ONE, [access])


def uniform(seed: int, count: int) -> list:
    """Operations on every register, alike likely."""
    rng = random.Random(seed)
    registers = [("GICC", 4 * n) for n in (*range(12), *range(0x34, 0x3C), 0x400)]
    registers += [("GICV", offset) for _, offset in registers]
    registers += [("GICH", offset) for offset in (0, 4, 8, 0x10, 0x20, 0x30, 0xF0, 0x100, 0x10C)]
    found = []
    for _ in range(count):
        kind = rng.randrange(10)
        if kind == 0:
            intid = rng.choice([16, 27, 31, *range(32, 48), 287])
            found.append(Drive(0, intid, rng.randrange(2)))
        elif kind < 5:
            size = rng.choice([1, 2, 4])
            offset = rng.randrange(0, 0x1000, size)
            found.append(w("GICD", offset, rng.getrandbits(8 * size), size=size))
        else:
            frame, offset = rng.choice(registers)
            found.append(Access(0, frame, offset, 4, rng.choice([None, rng.getrandbits(32)])))
    return found


def test_both_routes_and_two_runs_give_the_same_answers(qemu):
    operations = uniform(1, 3000)
    first = qemu().run(ONE, operations)
    assert qemu("qtest").run(ONE, operations) == first
    assert qemu().run(ONE, operations) == first
