"""With the Security Extensions: what accesses of both states meet is counted, and tells."""

from collections import Counter

import pytest

from amagic_sim.replay.operation import Access, ScriptConfig
from amagic_sim.streams.cells import Cell
from amagic_sim.streams.coverage import Watch
from amagic_sim.streams.domain import domain
from amagic_sim.streams.domain_security import SECURITY_TABLES
from amagic_sim.streams.goals import security
from amagic_sim.streams.stream import OFFSETS, Source, Stream

SPI, SGI, PPI = Source(33, 0), Source(3, 1), Source(20, 0)
CONFIG = ScriptConfig(cpus=2, spis=32, security=1)


class Tried(Stream):
    """A stream of Secure accesses, unless it is said, and what was counted."""

    def __init__(self, config: ScriptConfig = CONFIG):
        self.seen: Counter[Cell] = Counter()
        super().__init__(config, "test", None, lambda s: Watch(s, self.seen))
        self.episode = self.episode._replace(sources=[SPI, SGI, PPI], cpus=[0, 1])
        self.at("GICD_CTLR", 3)
        for cpu in range(config.cpus):
            self.at("GICC_CTLR", 3, cpu=cpu)
            self.at("GICC_PMR", 0xFF, cpu=cpu)
        self.seen.clear()

    def at(
        self, name: str, value: int | None = None, index: int = 0, cpu: int = 0, secure: int = 1
    ) -> int | None:
        frame, _, register = name.partition("_")
        return self.do(Access(cpu, frame, OFFSETS[frame, register] + 4 * index, 4, value, secure))

    def rows(self, table: str) -> dict[tuple[str, str], int]:
        return {cell[1:]: count for cell, count in self.seen.items() if cell[0] == table}


@pytest.fixture
def s() -> Tried:
    return Tried()


def test_an_access_of_gicd_counts_for_an_interrupt_that_tells_whether_it_is_permitted(s):
    s.at("GICD_NSACR", 2 << 2, 2)
    s.at("GICD_ISPENDR", 2, 1)
    s.seen.clear()
    s.at("GICD_ISPENDR", None, 1, secure=0)
    s.at("GICD_ISPENDR", 6, 1, secure=0)
    s.at("GICD_ICPENDR", 2, 1, secure=0)
    s.at("GICD_ICPENDR", 2, 1)
    s.at("GICD_ISENABLER", secure=0, cpu=1)
    assert s.rows("fields by state") == {
        ("GICD_ISPENDR read SPI", "Non-secure Group 0 NSACR=2"): 1,
        ("GICD_ISPENDR write SPI", "Non-secure Group 0 NSACR=0"): 1,
        ("GICD_ICPENDR write SPI", "Non-secure Group 0 NSACR=2"): 1,
        ("GICD_ISENABLER read SGI", "Non-secure Group 0 NSACR=0"): 1,
    }


def test_a_write_counts_for_the_fields_that_it_would_change(s):
    s.at("GICD_IGROUPR", 1 << 20)
    s.seen.clear()
    s.at("GICD_IPRIORITYR", 0x90, 5, secure=0)
    s.at("GICD_ITARGETSR", 0xFF, 0)
    s.at("GICD_ICFGR", 1 << 2, 2)
    s.at("GICD_ICFGR", 2 << 2, 2)
    s.at("GICD_SPENDSGIR", 4 << 24, 0, cpu=1)
    s.at("GICD_SPENDSGIR", 1 << 24, 0, cpu=1)
    assert s.rows("fields by state") == {
        ("GICD_IPRIORITYR write PPI", "Non-secure Group 1"): 1,
        ("GICD_ICFGR write SPI", "Secure Group 0"): 1,
        ("GICD_SPENDSGIR write SGI", "Secure Group 0"): 1,
    }
    assert s.rows("views")["GICD_IPRIORITYR Non-secure write", "Group 1, Group 0's half"] == 1


def test_a_banked_register_is_counted_by_what_the_access_meets(s):
    s.at("GICC_PMR", None, secure=0)
    s.at("GICC_PMR", 0x40)
    s.at("GICC_PMR", 0xFF, secure=0)
    s.at("GICC_CTLR", 0x203, secure=0)
    s.at("GICC_NSAPR", 1)
    s.at("GICC_APR", secure=0)
    s.at("GICC_RPR", secure=0)
    assert s.rows("views") == {
        ("GICC_PMR Non-secure read", "Group 1's half"): 1,
        ("GICC_PMR Secure write", "Group 1's half"): 1,
        ("GICC_PMR Non-secure write", "Group 0's half"): 1,
        ("GICC_CTLR Non-secure write", "changes EOImodeNS"): 1,
        ("GICC_CTLR Non-secure write", "ones elsewhere"): 1,
        ("GICC_NSAPR Secure write", "nothing active"): 1,
        ("GICC_APR Non-secure read", "NSAPR in Group 0's half"): 1,
        ("GICC_RPR Non-secure read", "Group 0's half"): 1,
    }


def test_the_fields_of_a_nonsecure_access_are_those_of_its_view(s):
    s.at("GICC_CTLR", 0x201, secure=0)
    s.at("GICD_CTLR", secure=0)
    values = s.rows("values by state")
    assert values["GICC_CTLR.EOImodeNS", "write ones"] == 1
    assert values["GICC_CTLR.EnableGrp1", "write ones"] == 1
    assert values["GICD_CTLR.EnableGrp1", "read ones"] == 1
    assert s.rows("values") == {}


def test_an_sgi_is_counted_by_group_nsacr_nsatt_and_state_at_its_target(s):
    s.at("GICD_NSACR", 3 << 6, cpu=1)
    s.at("GICD_SPENDSGIR", 2 << 24, cpu=1)
    s.at("GICD_SGIR", 2 << 16 | 1 << 15 | 3, secure=0)
    s.at("GICD_SGIR", 2 << 16 | 3)
    s.at("GICD_SGIR", 1 << 24 | 3)
    assert s.rows("SGIs by state") == {
        ("Non-secure NSATT=1 Group 0 NSACR=3", "pending from another"): 1,
        ("Non-secure NSATT=1 Group 0 NSACR=3", "list"): 1,
        ("Secure NSATT=0 Group 0", "pending from the sender"): 2,
        ("Secure NSATT=0 Group 0", "list"): 1,
        ("Secure NSATT=0 Group 0", "others"): 1,
    }


def test_acknowledges_and_ends_are_counted_by_who_makes_them(s):
    s.at("GICD_IGROUPR", 1 << 3)
    s.at("GICC_CTLR", 0x403)
    s.at("GICD_SPENDSGIR", 1 << 24)
    s.at("GICC_IAR")
    s.at("GICC_IAR", secure=0)
    s.at("GICC_EOIR", 3, secure=0)
    s.at("GICC_DIR", 3, secure=0)
    s.at("GICC_DIR", 3, secure=0)
    assert s.rows("winners by state") == {
        ("IAR Secure Group 1 AckCtl=0", "signalled"): 1,
        ("IAR Non-secure Group 1 AckCtl=0", "signalled"): 1,
    }
    assert s.rows("modes by state") == {("IAR Non-secure Group 1", "01000"): 1}
    row = "Non-secure EOImodeS=0 EOImodeNS=1 Group 1"
    assert s.rows("ends by state") == {
        (f"EOIR {row}", "latest"): 1,
        (f"DIR {row}", "dropped"): 1,
        (f"DIR {row}", "never read"): 1,
    }
    assert s.rows("drops by state") == {("EOIR Non-secure Group 1", "NSAPR alone"): 1}
    ways = {column for _, column in s.rows("signals by state")}
    assert ways == {"GICD Secure write", "GICC Non-secure read"}


def test_what_a_nonsecure_access_meets_is_not_in_the_tables_of_one_state(s):
    s.at("GICC_IAR", secure=0)
    s.at("GICC_EOIR", 5, secure=0)
    assert s.rows("winners") == s.rows("ends") == {}
    s.do(Access(0, "GICV", OFFSETS["GICV", "EOIR"], 4, 5))
    assert s.rows("ends") == {("GICV_EOIR EOImode=0", "no list register"): 1}


def test_the_tables_are_there_with_security_extensions_alone():
    assert set(SECURITY_TABLES) <= {table for table, _, _ in domain(frozenset({0, 1}))}
    assert not set(SECURITY_TABLES) & {table for table, _, _ in domain()}


NAMES = [name for name in security.__all__ if name != "view"]


@pytest.mark.parametrize("goal", [getattr(security, name) for name in NAMES], ids=NAMES)
def test_without_security_extensions_the_goals_have_no_work(goal):
    s = Tried(ScriptConfig(cpus=2, spis=32))
    before = len(s.operations)
    assert not goal(s) and len(s.operations) == before


@pytest.mark.parametrize(
    ("goal", "table", "row"),
    [
        (security.permit, "fields by state", "GICD_ICPENDR write SPI"),
        (security.send, "SGIs by state", "Non-secure NSATT=1 Group 0 NSACR=2"),
        (security.drop, "drops by state", "EOIR Non-secure Group 1"),
        (security.fill, "values by state", "GICC_APR"),
        (security.open_row, "values by state", "GICD_ISACTIVER of SPIs"),
        (security.uncover, "signals by state", "nirq rises"),
    ],
    ids=["permit", "send", "drop", "fill", "open_row", "uncover"],
)
def test_each_goal_reaches_what_it_aims_at(goal, table, row):
    s = Tried()
    for _ in range(150):
        s.at("GICD_IGROUPR", s.one(0, 2), 1)
        assert goal(s)
    assert row in {where for where, _ in s.rows(table)}


def test_a_view_is_looked_at_and_left_as_it_was():
    s = Tried()
    gicc = s.model.gicc[1]
    before = gicc.ctlr, gicc.pmr, gicc.bpr, gicc.abpr
    for _ in range(100):
        security.view(s, 1)
        assert (gicc.ctlr, gicc.pmr, gicc.bpr, gicc.abpr) == before
    views = s.rows("views")
    assert views["GICC_BPR Non-secure read", "CBPR=1 BPR=7"]
    assert views["GICC_PMR Non-secure write", "Group 0's half"]
    assert views["GICC_RPR Non-secure read", "Group 1's half"]
