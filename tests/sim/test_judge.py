"""The judge's rules of ticks, and of the run as a whole."""

import pytest

from amagic_sim.judge import DueClass
from story import HANDLER_ENTRY, MASKED, UNMASKED, Story, one_tick


def test_a_handler_entry_for_nothing_fails_the_run_but_for_a_guest_of_ones_own():
    for story, ticks in (
        (one_tick().at(2000).watch(HANDLER_ENTRY).iar(1023), 1),
        (one_tick().at(2000).watch(HANDLER_ENTRY).at(9100).line().deliver().eoi(), 2),
    ):
        story.end()
        reasons = story.verdict(ticks=(ticks, None)).reasons
        assert reasons == ("guest 0: 1 handler entries for nothing",)
        assert story.verdict(ticks=(None, None)).passed


def test_a_deadline_that_is_answered_once_is_delivered():
    result = one_tick().end().judged().results[0]
    (tick,) = result.delivered
    assert (tick.due, tick.line, tick.entry) == (1000, 1001, 1100)
    assert (tick.latency, tick.lateness) == (99, 100)
    assert tick.due_class is DueClass.RUNNING


def test_a_deadline_moved_on_before_it_is_due_is_no_tick():
    story = Story().switch_in(0).program(1000).at(900).program(2000).at(1500).end()
    assert story.judged().results[0].ticks == []


def test_a_deadline_without_handler_entry_is_lost():
    story = Story().switch_in(0).program(1000).at(1500).program(9000).end()
    assert len(story.judged().results[0].lost) == 1
    assert any("1 ticks lost" in reason for reason in story.verdict(ticks=(1, None)).reasons)


def test_a_second_entry_for_the_same_deadline_is_a_duplicate():
    story = Story().switch_in(0).program(1000).at(1100).deliver().eoi().deliver().end()
    assert story.judged().results[0].duplicated == 1
    assert any("1 ticks duplicated" in reason for reason in story.verdict(ticks=(1, None)).reasons)


def test_an_entry_before_the_deadline_is_early():
    story = Story().switch_in(0).program(1000).at(500).deliver().end()
    assert story.judged().results[0].early == [500]
    assert any("1 ticks early" in reason for reason in story.verdict(ticks=(0, 0)).reasons)


def test_an_entry_whose_acknowledge_is_spurious_counts_apart():
    story = one_tick().at(2000).watch(HANDLER_ENTRY).iar(1023).end()
    result = story.judged().results[0]
    assert result.spurious == [2000] and not result.early and not result.duplicated


def test_an_entry_while_the_guest_masks_its_interrupts_fails_the_run():
    story = Story().switch_in(0).program(1000).at(900).watch(MASKED)
    story.at(1100).deliver().eoi().end()
    assert any("taken while masked" in reason for reason in story.verdict(ticks=(1, None)).reasons)


def test_an_entry_after_the_unmask_point_is_in_order():
    story = Story().switch_in(0).program(1000).at(900).watch(MASKED).at(1001).line()
    story.at(1050).watch(UNMASKED)
    assert story.at(1100).deliver().program(9000).eoi().end().verdict(ticks=(1, None)).passed


def test_a_guest_with_fewer_ticks_than_asked_for_fails_the_run():
    reasons = one_tick().end().verdict(ticks=(1, 1)).reasons
    assert reasons == ("guest 1: 0 ticks delivered, 1 asked for",)


def test_a_run_without_end_mark_fails():
    assert "the run did not come to its end mark" in one_tick().verdict(ticks=(1, None)).reasons


def test_dropped_events_fail_the_run():
    assert (
        "the probe dropped 3 events" in one_tick().end().verdict(ticks=(1, None), dropped=3).reasons
    )


def test_a_mark_of_an_unknown_guest_is_refused():
    with pytest.raises(ValueError, match="names guest 7"):
        Story().switch_in(7).judged()
