"""What is compared, what a known divergence excuses, and where a comparison ends."""

import pytest

from amagic_sim.oracle.compare import compare
from amagic_sim.oracle.history import History
from amagic_sim.replay.operation import (
    Access,
    Answer,
    Drive,
    Outputs,
    Pulse,
    ScriptConfig,
)

CONFIG = ScriptConfig(cpus=2, spis=64, priority_bits=8)
QUIET = (Outputs(), Outputs())


def r(frame, offset, cpu=0, size=4):
    return Access(cpu, frame, offset, size)


def w(frame, offset, value, cpu=0, size=4):
    return Access(cpu, frame, offset, size, value)


def compared(*steps, config=CONFIG):
    """Each step: an operation, the right value and QEMU's; or with pairs of value and outputs."""
    operations = [step[0] for step in steps]
    quiet = QUIET[: config.cpus]
    answers = [
        [value if isinstance(value, Answer) else Answer(value, quiet) for value in column]
        for column in zip(*(step[1:] or (None, None) for step in steps), strict=True)
    ]
    return compare(config, operations, *answers)


def test_a_difference_that_nothing_explains_is_a_mismatch():
    found = compared((r("GICC", 0x04), 0xF0, 0xF0), (r("GICC", 0x14), 0x40, 0xFF))
    (mismatch,) = found.mismatches
    assert str(mismatch).startswith("operation 1: Access(cpu=0, frame='GICC', offset=20")
    assert str(mismatch).endswith("0x40 is right, QEMU has 0xff")
    assert found.reads == 2 and not found.shown


def test_an_output_is_compared_behind_every_operation():
    high = Answer(None, (Outputs(), Outputs(nvirq=1)))
    found = compared((w("GICD", 0, 1), high, Answer(None, QUIET)))
    (mismatch,) = found.mismatches
    assert (mismatch.output, mismatch.expected, mismatch.got) == ("nvirq", 1, 0)


def test_a_known_divergence_excuses_its_bits_and_is_counted():
    found = compared((r("GICD", 0xC08), 0x55555555, 0), (r("GICD", 0xC08), 0x55555557, 2))
    assert not found.mismatches
    assert found.masked["trigger-low-bits"] == found.shown["trigger-low-bits"] == 2
    assert found.explains(0) == "trigger-low-bits"
    assert found.masks == [0xAAAAAAAA] * 2
    assert any("trigger-low-bits" in row and "100.000%" in row for row in found.table())


def test_other_bits_of_the_same_register_are_compared():
    found = compared((r("GICD", 0xC08), 0x5555555D, 0))
    assert len(found.mismatches) == 1 and found.explains(0) is None


def test_a_comparison_ends_where_one_gic_took_what_the_other_did_not():
    twice = (w("GICD", 0x828, 3, size=1),)
    taken = (r("GICC", 0xC), 40, 40), (r("GICC", 0xC, 1), 1023, 40)
    found = compared(twice, *taken, (r("GICC", 0x14), 0x40, 0xFF))
    assert found.ended == 2 and found.operations == 3 and not found.mismatches
    assert found.explains(1) is None
    assert found.explains(2) == found.explains(3) == "taken-twice"


def test_a_comparison_ends_where_a_register_is_missing():
    found = compared((w("GICC", 0x24, 40),), (r("GICC", 0x14), 0xFF, 0x40))
    assert found.ended == 0 and found.known == {0: "aliased-registers"}


CASES = {
    "HPPIR's CPUID is an SGI's only": [
        (w("GICC", 0, 3),),
        (r("GICC", 0x18), 0x403, 0x003, True),
        (r("GICC", 0x18), 0x428, 0x028, False),
    ],
    "HPPIR is excused behind PMR only": [
        (w("GICC", 0x04, 0x40),),
        (w("GICD", 0x428, 0x40, size=1),),
        (w("GICD", 0x429, 0x3F, size=1),),
        (r("GICC", 0x18), 40, 1023, True),
        (r("GICC", 0x18), 40, 41, False),
        (r("GICC", 0x18), 41, 1023, False),
    ],
    "a virtual HPPIR is excused behind the virtual PMR only": [
        (w("GICH", 0x008, 0x08 << 27),),
        (w("GICH", 0x100, 0x14000028),),
        (w("GICH", 0x104, 0x13800029),),
        (r("GICV", 0x18), 40, 1023, True),
        (r("GICV", 0x18), 41, 1023, False),
    ],
    "a written active bit is excused from its end until it is cleared": [
        (w("GICD", 0x304, 0x100),),
        (r("GICD", 0x304), 0x100, 0, False),
        (w("GICC", 0, 0x200),),
        (w("GICC", 0x1000, 40),),
        (r("GICD", 0x304), 0, 0x100, True),
        (r("GICD", 0x304), 0, 0x200, False),
        (r("GICD", 0x385, size=1), 0, 1, True),
        (w("GICD", 0x384, 0x100),),
        (r("GICD", 0x304), 0, 0x100, False),
    ],
    "the end on another CPU is excused, not that on the same": [
        (r("GICC", 0xC), 40, 40, False),
        (w("GICC", 0x10, 40),),
        (r("GICD", 0x304), 0, 0x100, False),
        (r("GICC", 0xC), 40, 40, False),
        (r("GICC", 0xC, 1), 41, 41, False),
        (w("GICC", 0x10, 40, 1),),
        (r("GICD", 0x304), 0, 0x100, True),
    ],
    "EOIR does not end with EOImode, and DIR does": [
        (w("GICC", 0, 0x201, 1),),
        (r("GICC", 0xC), 40, 40, False),
        (r("GICC", 0xC, 1), 41, 41, False),
        (w("GICC", 0x10, 40, 1),),
        (r("GICD", 0x304), 0, 0x100, False),
        (w("GICC", 0x1000, 40, 1),),
        (r("GICD", 0x304), 0, 0x100, True),
    ],
    "a list register of another CPU ends it too": [
        (r("GICC", 0xC), 40, 40, False),
        (w("GICH", 0x100, 0x9000A033, 1),),
        (w("GICV", 0x10, 0x34, 1),),
        (r("GICD", 0x304), 0, 0x100, False),
        (w("GICV", 0x10, 0x33, 1),),
        (r("GICD", 0x304), 0, 0x100, True),
    ],
    "what two CPUs could take is excused until it is cleared and active for both": [
        (w("GICD", 0x828, 3, size=1),),
        (r("GICC", 0xC), 40, 40, False),
        (r("GICD", 0x204), 0, 0x100, True),
        (w("GICD", 0x304, 0x100),),
        (r("GICD", 0x204), 0, 0x100, True),
        (w("GICD", 0x284, 0x100),),
        (w("GICD", 0x304, 0x100),),
        (r("GICD", 0x204), 0, 0x100, False),
    ],
    "an edge without a target is lost, a level is not": [
        (w("GICD", 0xC08, 0x00020000),),
        (Drive(0, 41, 1),),
        (r("GICD", 0x204), 0x200, 0, False),
        (Pulse(0, 40),),
        (r("GICD", 0x204), 0x100, 0, True),
        (w("GICD", 0x284, 0x100),),
        (r("GICD", 0x204), 0x100, 0, False),
    ],
    "a move is excused while it is pending only": [
        (w("GICD", 0x828, 1, size=1),),
        (w("GICD", 0x828, 2, size=1),),
        (r("GICD", 0x204), 0x100, 0, False),
        (w("GICD", 0x204, 0x100),),
        (w("GICD", 0x828, 2, size=1),),
        (r("GICD", 0x204), 0x100, 0, False),
        (w("GICD", 0x828, 1, size=1),),
        (r("GICD", 0x204), 0x100, 0, True),
    ],
    "a PPI's pending bit is excused when it was written": [
        (r("GICD", 0x200), 0x100000, 0, False),
        (w("GICD", 0x200, 0x100000, 1),),
        (r("GICD", 0x200), 0x100000, 0, True),
    ],
    "a PPI's pending bit is excused until each CPU that wrote it has cleared it": [
        (w("GICD", 0x200, 0x100000, 1),),
        (w("GICD", 0x280, 0x100000),),
        (r("GICD", 0x200, 1), 0x100000, 0, True),
        (w("GICD", 0x280, 0x100000, 1),),
        (r("GICD", 0x200, 1), 0x100000, 0, False),
    ],
    "a PPI that QEMU took for edge-triggered is excused until it is level-sensitive again": [
        (w("GICD", 0xC04, 0x00000200),),
        (r("GICD", 0x200), 0x100000, 0, True),
        (w("GICD", 0xC04, 0),),
        (r("GICD", 0x200), 0x100000, 0, False),
    ],
    "and longer if its line rose meanwhile": [
        (w("GICD", 0xC04, 0x00000200),),
        (Drive(0, 20, 1),),
        (w("GICD", 0xC04, 0),),
        (r("GICD", 0x200), 0x100000, 0, True),
    ],
    "a disabled group hides only what is of lower priority": [
        (w("GICC", 0x04, 0xFF),),
        (w("GICD", 0x084, 0x200),),
        (w("GICD", 0x104, 0x300),),
        (w("GICD", 0x428, 0x4020, size=2),),
        (w("GICD", 0x828, 0x0101, size=2),),
        (w("GICD", 0, 2),),
        (w("GICC", 0, 3),),
        (r("GICC", 0x18), 1023, 40, False),
        (w("GICD", 0x204, 0x200),),
        (r("GICC", 0x18), 41, 1023, False),
        (w("GICD", 0x204, 0x100),),
        (r("GICC", 0x18), 41, 1023, True),
        (w("GICD", 0x284, 0x200),),
        (r("GICC", 0x18), 1023, 40, True),
        (w("GICD", 0x204, 0x200),),
        (w("GICD", 0x429, 0x10, size=1),),
        (r("GICC", 0x18), 41, 1023, False),
    ],
    "a disabled group that has no interrupt excuses nothing": [
        (w("GICC", 0, 1),),
        (r("GICC", 0x18), 1023, 40, False),
        (w("GICD", 0x084, 0x200),),
        (r("GICC", 0x18), 1023, 41, True),
        (w("GICC", 0, 3),),
        (r("GICC", 0x18), 1023, 41, False),
    ],
    "the group of a private interrupt is its CPU's": [
        (w("GICC", 0, 1),),
        (w("GICC", 0, 1, 1),),
        (w("GICD", 0x080, 0x100000, 1),),
        (r("GICC", 0x18), 1023, 20, False),
        (r("GICC", 0x18, 1), 1023, 20, True),
    ],
    "the wrong group is excused without AckCtl only": [
        (w("GICD", 0x084, 0x200),),
        (w("GICC", 0, 3),),
        (r("GICC", 0xC), 1023, 1022, True),
        (r("GICC", 0xC), 1023, 1020, False),
        (w("GICC", 0, 7),),
        (r("GICC", 0xC), 1023, 1022, False),
    ],
    "a mask is excused that takes from the running priority what another one has left": [
        (w("GICD", 0, 3),),
        (w("GICD", 0x104, 0x100),),
        (w("GICD", 0x828, 1, size=1),),
        (w("GICD", 0x204, 0x100),),
        (w("GICD", 0x428, 0x40, size=1),),
        (w("GICC", 0xD4, 1 << (0x48 >> 1) - 32),),
        (w("GICC", 0x08, 2),),
        (r("GICC", 0xC), 1023, 40, False),
        (w("GICC", 0x08, 3),),
        (r("GICC", 0xC), 1023, 40, True),
        (w("GICD", 0x084, 0x100),),
        (r("GICC", 0xC), 1023, 40, False),
        (w("GICC", 0x1C, 4),),
        (r("GICC", 0xC), 1023, 40, True),
        (w("GICC", 0x00, 0x10),),
        (w("GICC", 0x08, 2),),
        (r("GICC", 0xC), 1023, 40, False),
    ],
    "a virtual binary point is excused if it was written below its minimum": [
        (w("GICV", 0x1C, 3),),
        (r("GICV", 0x1C), 3, 1, False),
        (w("GICV", 0x1C, 1),),
        (r("GICV", 0x1C), 3, 1, True),
        (r("GICH", 0x08), 3 << 18, 1 << 18, True),
        (r("GICH", 0x08), 3 << 21, 1 << 21, False),
    ],
    "bypass bits are excused when they were written": [
        (r("GICC", 0), 0x20, 0, False),
        (w("GICC", 0, 0x20),),
        (r("GICC", 0), 0x20, 0, True),
    ],
    "a line's level is excused while it is high": [
        (r("GICD", 0xD04), 0x100, 0, False),
        (Drive(0, 40, 1),),
        (r("GICD", 0xD04), 0x100, 0, True),
        (Drive(1, 20, 1),),
        (r("GICD", 0xD00), 0x10, 0, False),
        (r("GICD", 0xD00, 1), 0x10, 0, True),
    ],
    "absent targets are excused when they were written": [
        (r("GICD", 0x828), 0, 0x04, False),
        (w("GICD", 0x828, 0x07, size=1),),
        (r("GICD", 0x828), 3, 0x07, True),
        (r("GICD", 0x828), 3, 0x0F, False),
    ],
    "the extra list register is excused in what was written": [
        (w("GICH", 0x110, 0x10000028),),
        (r("GICH", 0x110), 0, 0x10000028, True),
        (r("GICH", 0x110), 0, 0x10000029, False),
        (r("GICH", 0x10C), 0, 0x10000028, False),
    ],
}


def check_excuses(steps, config):
    """The last of a step says whether the difference is excused. Each read is a run of its own,
    since a comparison ends where the two part."""
    for last, step in enumerate(steps):
        if len(step) == 1 or step[1] == step[2]:
            continue
        before = [(each[0], each[1], each[1]) if len(each) > 1 else each for each in steps[:last]]
        found = compared(*before, step[:3], config=config)
        assert (not found.mismatches) == step[3], step
        assert (found.explains(last) is not None) == step[3], step


@pytest.mark.parametrize("steps", CASES.values(), ids=CASES)
def test_a_divergence_is_excused_under_its_condition_only(steps):
    check_excuses(steps, CONFIG)


def runs(group0, group1=0):
    """Active priorities of both groups; SPI 41 is of Group 1."""
    return [(w("GICD", 0x084, 0x200),), (w("GICC", 0xD0, group0),), (w("GICC", 0xE0, group1),)]


ACTIVE = (w("GICD", 0x304, 0x100),)
PARTING = {
    "the end of nothing": ([(w("GICC", 0x10, 40),)], False),
    "the end of what was written active": ([ACTIVE, (w("GICC", 0x10, 40),)], True),
    "its priority drop": ([(w("GICC", 0, 0x200),), ACTIVE, (w("GICC", 0x10, 40),)], False),
    "the end of one of the group that runs": ([*runs(1), (w("GICC", 0x10, 40),)], False),
    "the end of one of the other group": ([*runs(1), (w("GICC", 0x10, 41),)], True),
    "of the group that is preempted": ([*runs(2, 1), (w("GICC", 0x10, 40),)], True),
    "of the group that preempts": ([*runs(2, 1), (w("GICC", 0x10, 41),)], False),
    "of the first one of equal priority": ([*runs(1, 1), (w("GICC", 0x10, 40),)], False),
    "of the second one": ([*runs(1, 1), (w("GICC", 0x10, 41),)], True),
    "on another CPU": ([ACTIVE, *runs(1), (w("GICC", 0x10, 40, 1),)], True),
    "of what is not there": ([*runs(1), (w("GICC", 0x10, 200),)], False),
    "of what is not in QEMU either": ([*runs(1), (w("GICC", 0x10, 300),)], True),
    "the end of no interrupt": ([(w("GICC", 0x10, 1023),)], False),
    "the end of a virtual SGI": (
        [(w("GICH", 0x100, 0x20000405),), (w("GICV", 0x10, 0x405),)],
        False,
    ),
    "the end of a virtual SGI of another CPU": (
        [(w("GICH", 0x100, 0x20000405),), (w("GICV", 0x10, 0x805),)],
        True,
    ),
    "an SGI to others": ([(w("GICD", 0xF00, 0x01000003),)], False),
    "an SGI with the reserved filter": ([(w("GICD", 0xF00, 0x03000003),)], True),
}


@pytest.mark.parametrize(("steps", "parts"), PARTING.values(), ids=PARTING)
def test_what_qemu_does_otherwise_for_good_ends_the_comparison(steps, parts):
    assert compared(*steps).ended == (len(steps) - 1 if parts else None)


def test_comparisons_add_up():
    one = compared((r("GICD", 0xC08), 0x55555555, 0))
    one.add(compared((r("GICD", 0xC08), 0x55555555, 0), (r("GICC", 4), 0, 0)))
    assert (one.operations, one.reads, one.masked["trigger-low-bits"]) == (3, 3, 2)


SECURE = ScriptConfig(spis=64, priority_bits=8, security=1)


def test_what_is_noted_of_a_non_secure_write_is_what_it_has_come_to():
    history = History(SECURE)
    for operation in (
        Access(0, "GICD", 0x084, 4, 0x100, 1),
        Access(0, "GICC", 0x004, 4, 0xF0, 1),
        Access(0, "GICC", 0x000, 4, 0x201, 1),
        Access(0, "GICD", 0x084, 4, 0, 0),
        Access(0, "GICD", 0x428, 2, 0x2020, 0),
        Access(0, "GICC", 0x004, 4, 0x40, 0),
        Access(0, "GICC", 0x000, 4, 0x061, 0),
        Access(0, "GICC", 0x008, 4, 5, 0),
    ):
        history.note(operation, Answer(None, (Outputs(),)))
    assert history.group(0, 40) == 1
    assert [history.priority(0, intid) for intid in (40, 41)] == [0x90, 0]
    written = [history.written(0, "GICC", offset) for offset in (0x00, 0x04, 0x08, 0x1C)]
    assert written == [0x383, 0xA0, 0, 5]


SECURE_CASES = {
    "of the bypass bits a Non-secure read shows Group 1's": [
        (Access(0, "GICC", 0, 4, 0x1E0, 1),),
        (Access(0, "GICC", 0, 4, None, 1), 0x1E0, 0, True),
        (r("GICC", 0), 0x60, 0, True),
        (r("GICC", 0), 0x61, 0, False),
    ],
    "Non-secure accesses are excused while GICD_NSACR permits any": [
        (r("GICD", 0x204), 0x100, 0, False),
        (Access(0, "GICD", 0xE08, 4, 0x00030000, 1),),
        (r("GICD", 0x204), 0x100, 0, True),
        (Access(0, "GICD", 0x204, 4, None, 1), 0x100, 0, False),
        (Access(0, "GICD", 0xE08, 4, None, 1), 0x00030000, 0, True),
        (Access(0, "GICD", 0xE08, 4, 0, 1),),
        (r("GICD", 0x204), 0x100, 0, False),
    ],
}


@pytest.mark.parametrize("steps", SECURE_CASES.values(), ids=SECURE_CASES)
def test_a_divergence_of_the_security_extensions_is_excused_under_its_condition_only(steps):
    check_excuses(steps, SECURE)


SECURE_PARTING = {
    "an SGI of another group than NSATT": (Access(0, "GICD", 0xF00, 4, 0x02008001, 1), True),
    "an SGI of NSATT's group": (Access(0, "GICD", 0xF00, 4, 0x02000001, 1), False),
    "a Non-secure SGI of Group 0": (w("GICD", 0xF00, 0x02000001), True),
    "a Non-secure end of Group 0": (w("GICC", 0x10, 40), False),
}


@pytest.mark.parametrize(("operation", "parts"), SECURE_PARTING.values(), ids=SECURE_PARTING)
def test_with_security_extensions_the_comparison_ends_where_qemu_parts(operation, parts):
    active = Access(0, "GICD", 0x304, 4, 0x100, 1)
    found = compared((active,), (operation,), config=SECURE)
    assert found.ended == (1 if parts else None)
