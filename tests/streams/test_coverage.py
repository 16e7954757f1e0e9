"""What happened is counted in the cells that there are; what did not is named."""

from collections import Counter

import pytest

from amagic_sim.model.list_registers import ACTIVE, HW, PENDING
from amagic_sim.replay.operation import Access, Drive, Operation, Pulse, ScriptConfig
from amagic_sim.streams.configurations import CONFIGURATIONS
from amagic_sim.streams.coverage import Cell, Watch
from amagic_sim.streams.domain import TABLES, domain
from amagic_sim.streams.generator import generate
from amagic_sim.streams.stream import OFFSETS, Source, Stream
from amagic_sim.streams.table import holes, show, surprises

SPI = Source(33, 0)


class Tried(Stream):
    """A stream that a test makes, and what was counted."""

    def __init__(self, **config: int):
        self.seen: Counter[Cell] = Counter()
        config = ScriptConfig(spis=32, **config)
        super().__init__(config, "test", None, lambda s: Watch(s, self.seen))
        self.episode = self.episode._replace(sources=[SPI, Source(16, 0), Source(3, 0)])
        for frame, name, value in (("GICD", "CTLR", 3), ("GICC", "CTLR", 3), ("GICC", "PMR", 255)):
            self.write(0, frame, name, value)
        self.write(0, "GICD", "ISENABLER", 2, 1)
        self.seen.clear()

    def rows(self, table: str) -> dict[tuple[str, str], int]:
        return {cell[1:]: count for cell, count in self.seen.items() if cell[0] == table}


@pytest.fixture
def s() -> Tried:
    return Tried()


def test_a_change_of_an_interrupts_state_is_counted_by_what_made_it(s):
    s.drive(SPI, 1)
    s.read(0, "GICC", "IAR")
    s.drive(SPI, 0)
    s.write(0, "GICC", "EOIR", 33)
    assert s.rows("transitions") == {
        ("SPI level: inactive to pending", "line rises"): 1,
        ("SPI level: pending to active and pending", "IAR"): 1,
        ("SPI level: active and pending to active", "line falls"): 1,
        ("SPI level: active to inactive", "EOIR"): 1,
    }
    assert s.rows("sequences of a SPI") == {
        ("ISENABLER", "line rises"): 1,
        ("line rises", "IAR"): 1,
        ("IAR", "line falls"): 1,
        ("line falls", "EOIR"): 1,
    }
    assert s.rows("signals") == {("nirq rises", "line"): 1, ("nirq falls", "GICC read"): 1}
    assert s.rows("ends") == {("GICC_EOIR EOImode=0", "latest"): 1}
    assert s.rows("modes") == {("GICC_IAR Group 0", "0000"): 1}


def test_a_list_registers_state_is_counted_by_its_kind_and_group(s):
    s.write(0, "GICH", "HCR", 1)
    s.write(0, "GICV", "CTLR", 1)
    s.write(0, "GICV", "PMR", 0xFF)
    s.write(0, "GICH", "LR", HW | PENDING | 33 << 10 | 40)
    s.read(0, "GICV", "IAR")
    s.write(0, "GICV", "EOIR", 40)
    assert s.rows("entries") == {
        ("hardware Group 0: inactive to pending", "GICH_LR"): 1,
        ("hardware Group 0: pending to active", "GICV_IAR"): 1,
        ("hardware Group 0: active to inactive", "GICV_EOIR"): 1,
    }
    assert s.rows("sequences of a SPI") == {("ISENABLER", "guest ends"): 1}


def test_fields_are_counted_by_the_class_of_their_value(s):
    s.write(0, "GICC", "CTLR", 0x201)
    s.read(0, "GICC", "PMR")
    values = s.rows("values")
    assert values["GICC_CTLR.EOImode", "write ones"] == 1
    assert values["GICC_CTLR.EnableGrp1", "write 0"] == 1
    assert values["GICC_PMR.Priority", "read other"] == 1


def test_a_list_register_has_other_fields_with_hw(s):
    s.write(0, "GICH", "LR", HW | ACTIVE | 0x3FF << 10)
    s.write(0, "GICH", "LR", 7 << 10)
    values = s.rows("values")
    assert values["GICH_LR.PhysicalID", "write ones"] == 1
    assert values["GICH_LR.CPUID", "write ones"] == 1
    assert not any(field == "GICH_LR.EOI" and "ones" in what for field, what in values)


def test_a_narrow_access_counts_as_such_and_not_as_a_value(s):
    s.access(0, "GICD", 0x421, 1, 0x80)
    assert s.rows("sizes") == {("GICD_IPRIORITYR of SPIs", "write 1"): 1}
    assert s.rows("values") == {}


@pytest.mark.parametrize(
    ("operation", "table"),
    [
        (Access(0, "GICC", OFFSETS["GICC", "IAR"], 4, 0), "sequences of a SGI"),
        (Drive(0, 33, 0), "sequences of a SPI"),
        (Pulse(0, 25), "sequences of a PPI"),
    ],
)
def test_what_names_no_interrupt_or_changes_no_line_is_no_pair(s, operation: Operation, table):
    for _ in range(2):
        s.do(operation)
    assert s.rows(table) == {}


def test_the_ends_of_what_stands_many_times_are_places(s):
    for index in (0, 1, 2, 31):
        s.read(0, "GICD", "ISENABLER", index)
    s.read(0, "GICH", "LR", 4)
    s.access(0, "GICD", 0x7FC, 1)
    s.access(0, "GICC", 0x1FFE, 2, 0)
    assert s.rows("ranges") == {
        ("GICD_ISENABLER", "read first"): 1,
        ("GICD_ISENABLER", "read last that is there"): 1,
        ("GICD_ISENABLER", "read behind what is there"): 1,
        ("GICD_ISENABLER", "read last"): 1,
        ("GICH_LR", "read behind what is there"): 1,
        ("GICD_IPRIORITYR", "read behind the last"): 1,
        ("GICC", "write last word"): 1,
    }


def test_an_access_by_an_alias_counts_as_one_of_the_cpu_whose_gich_it_is():
    s = Tried(cpus=2)
    s.access(0, "GICH", 0x1300, 4, PENDING | 40)
    s.access(1, "GICH", 0x1208)
    s.access(1, "GICH", 0x1420)
    s.access(1, "GICH", 0x100C)
    assert s.rows("aliases") == {
        ("GICH_LR", "write another's"): 1,
        ("GICH_VMCR", "read own"): 1,
        ("GICH_EISR", "read of no CPU"): 1,
        ("GICH_reserved", "read another's"): 1,
    }
    assert s.rows("entries") == {("software Group 0: inactive to pending", "GICH_LR"): 1}


def test_a_forwarded_deactivation_is_counted_by_what_it_names(s):
    s.write(0, "GICH", "HCR", 1)
    s.write(0, "GICD", "ISACTIVER", 2, 1)
    for physical in (33, 33, 3, 64, 1023):
        s.write(0, "GICH", "LR", HW | ACTIVE | physical << 10 | 40)
        s.write(0, "GICV", "EOIR", 40)
    assert s.rows("forwarded") == {
        ("GICV_EOIR SPI Group 0", "active"): 1,
        ("GICV_EOIR SPI Group 0", "not active"): 1,
        ("GICV_EOIR SGI Group 0", "not active"): 1,
        ("GICV_EOIR", "not there"): 1,
        ("GICV_EOIR", "1020 to 1023"): 1,
    }


def test_every_table_has_cells_and_every_cell_a_table():
    assert {table for table, _, _ in domain(frozenset({0, 1}))} == set(TABLES)


@pytest.mark.parametrize("name", ["two", "smallest", "secure-two"])
def test_nothing_happens_that_a_rule_says_cannot(name):
    seen: Counter[Cell] = Counter()
    generate(CONFIGURATIONS[name], "1", 3000, None, lambda s: Watch(s, seen))
    security = frozenset({CONFIGURATIONS[name].security})
    assert surprises(seen, domain(security)) == []
    assert len(holes(seen, domain())) < 3 * len(domain()) // 4


def test_holes_surprises_and_rules_are_told():
    cells = domain()
    missed = ("ends", "GICC_DIR EOImode=1", "dropped")
    barred = ("transitions", "SPI edge: pending to inactive", "line falls")
    seen = Counter({cell: 1 for cell, rule in cells.items() if rule is None and cell != missed})
    assert holes(seen, cells) == [missed]
    seen[barred] = 2
    said = show(seen)
    assert "hole: ends: GICC_DIR EOImode=1: dropped" in said
    assert "line falls: seen 2 times, but an edge stays latched" in said
    assert "-: an edge stays latched (2 cells)" in show(seen, whole=True)
