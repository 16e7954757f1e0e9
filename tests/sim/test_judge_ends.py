"""The judge's rules of ends by guests, and the deactivations that belong to them."""

import pytest

from amagic.gic.transaction import Kind
from amagic.registers import GICV
from amagic_sim.mode import Mode
from amagic_sim.trace import EventKind
from story import HANDLER_ENTRY, Story, one_active_tick


def test_an_end_by_the_guest_deactivates_the_physical_interrupt():
    result = one_active_tick().at(1300).eoi().end().judged().results[0]
    assert (result.forwarded, result.unforwarded) == ([1300], [])


def test_the_deactivation_may_be_seen_before_the_write_that_asks_for_it():
    story = one_active_tick().at(1300).forward().guest_writes(GICV.EOIR, 27).end()
    assert story.verdict(ticks=(1, None)).passed


def test_an_end_that_is_not_forwarded_fails_the_run_but_for_a_guest_of_ones_own():
    story = one_active_tick().at(1300).guest_writes(GICV.EOIR, 27).end()
    reason = "guest 0: 1 ends of its tick did not deactivate PPI 27, first in cycle 1300"
    assert story.verdict(ticks=(1, None)).reasons == (reason,)
    assert story.verdict(ticks=(None, None)).passed


def test_the_hosts_access_to_the_active_state_is_not_a_deactivation_by_the_guests_end():
    story = one_active_tick().at(1300).guest_writes(GICV.EOIR, 27).host_clears_active().end()
    assert len(story.verdict(ticks=(1, None)).reasons) == 1
    story = one_active_tick().at(1200).host_clears_active().at(1300).eoi().end()
    assert story.verdict(ticks=(1, None)).passed


@pytest.mark.parametrize("guests_own", [1, None])
def test_a_deactivation_that_no_end_asked_for_fails_the_run(guests_own):
    reason = "PPI 27 was deactivated 1 times without an end by a guest, first in cycle {}"
    story = one_active_tick().at(1200).forward().at(1300).eoi().end()
    assert story.verdict(ticks=(guests_own, None)).reasons == (reason.format(1200),)
    story = one_active_tick().at(1300).eoi().at(1400).forward().end()
    assert story.verdict(ticks=(guests_own, None)).reasons == (reason.format(1400),)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.FORWARD])
def test_no_other_transaction_is_the_deactivation_by_a_list_register(kind):
    story = one_active_tick().at(1300).guest_writes(GICV.EOIR, 27).transaction(kind).end()
    assert len(story.verdict(ticks=(1, None)).reasons) == 1
    story = one_active_tick().at(1200).transaction(kind).at(1300).eoi().end()
    assert story.verdict(ticks=(1, None)).passed


def test_a_deactivation_that_comes_long_after_the_end_is_not_its_own():
    story = one_active_tick().at(1300).guest_writes(GICV.EOIR, 27).at(1500).forward().end()
    assert len(story.verdict(ticks=(1, None)).reasons) == 2


def test_each_end_needs_a_deactivation_of_its_own():
    story = one_active_tick().at(1300).eoi().at(9001).line().deliver().program(20_000)
    story.guest_writes(GICV.EOIR, 27).end()
    result = story.judged().results[0]
    assert len(result.forwarded) == len(result.unforwarded) == 1


def test_an_end_of_what_is_not_active_and_a_deactivation_of_another_interrupt_count_nothing():
    story = one_active_tick().at(1200).forward(33).at(1300).eoi()
    story.guest_writes(GICV.EOIR, 27).guest_writes(GICV.EOIR, 33).end()
    result = story.judged().results[0]
    assert (len(result.forwarded), len(result.unforwarded)) == (1, 0)
    assert story.verdict(ticks=(1, None)).passed


def test_with_eoimode_set_the_end_is_the_write_to_dir():
    story = Story().switch_in(0).guest_writes(GICV.CTLR, 1 << 9 | 1).program(1000).at(1001).line()
    story.at(1100).deliver().program(9000).guest_writes(GICV.EOIR, 27)
    story.at(1300).guest_writes(GICV.DIR, 27).forward().end()
    assert story.verdict(ticks=(1, None)).passed
    assert story.judged().results[0].forwarded == [1300]


def test_group_1_is_acknowledged_and_ended_by_the_aliased_registers():
    story = Story().switch_in(0).program(1000).at(1001).line().at(1100).watch(HANDLER_ENTRY)
    story.event(EventKind.GICV_READ, GICV.AIAR.offset, 27).program(9000)
    story.guest_writes(GICV.AEOIR, 27).forward().end()
    assert story.verdict(ticks=(1, None)).passed


UNFORWARDED = [mode for mode in Mode if not mode.forwards]


@pytest.mark.parametrize("mode", UNFORWARDED, ids=[mode.value for mode in UNFORWARDED])
def test_only_where_ends_are_forwarded_must_they_deactivate(mode):
    quiet = one_active_tick().at(1300).guest_writes(GICV.EOIR, 27).end()
    assert quiet.verdict(ticks=(1, None), mode=mode).passed
    reasons = one_active_tick().at(1300).eoi().end().verdict(ticks=(1, None), mode=mode).reasons
    assert reasons == ("ends by the guests deactivated PPI 27",)
