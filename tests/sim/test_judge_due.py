"""The judge's rules of when a tick falls due: in which class it is, and whose a line is."""

from amagic.registers import GICV
from amagic_sim.judge import DueClass
from amagic_sim.mode import Mode
from story import Story, one_tick


def test_a_tick_without_a_line_fails_the_run():
    story = Story().switch_in(0).program(1000).at(1100).deliver().program(9000).eoi().end()
    assert story.verdict(ticks=(1, None)).reasons == ("guest 0: 1 ticks without a line",)


def test_the_offset_of_a_guest_is_that_of_its_switch_in():
    story = Story().switch_in(0, offset=1 << 33).program(0x1_0000)
    tick_at = (1 << 33) + 0x1_0000
    story.at(tick_at + 5).deliver().end()
    assert story.judged().results[0].delivered[0].due == tick_at


def test_a_deadline_in_the_past_fell_due_when_the_counter_reached_it_but_in_no_place():
    story = Story().switch_in(1).at(2000).switch_out(1).at(2100).switch_in(0)
    story.at(5000).program(1000).line().at(5100).deliver().end()
    (tick,) = story.judged().results[0].delivered
    assert tick.due == 1000 and tick.due_class is DueClass.PAST
    assert tick.lateness == 4100 and tick.latency == tick.entry - tick.line


def test_a_deadline_is_in_the_past_when_its_last_write_comes_after_it():
    for written, due_class in ((900, DueClass.RUNNING), (1100, DueClass.PAST)):
        story = Story().switch_in(0).program(1 << 40).at(written).program(1000)
        (tick,) = story.at(1200).deliver().end().judged().results[0].delivered
        assert tick.due_class is due_class


def test_no_number_of_deadlines_in_the_past_is_asked_for():
    reasons = one_tick().end().verdict(ticks=(1, None), per_class=1).reasons
    assert not any(DueClass.PAST.value in reason for reason in reasons)
    assert len(reasons) == 3


def test_the_first_rise_of_the_line_counts_also_when_it_rises_again_at_the_next_entry():
    story = Story().switch_in(0).program(1000).at(1001).line()
    story.at(1050).switch_out(0).at(1100).switch_in(1).switch_out(1).stop_timer().restore_timer()
    story.at(1200).line().switch_in(0).deliver().end()
    assert story.judged().results[0].delivered[0].line == 1001


def two_deadlines():
    """Both guests have one at 1500, and the world goes from guest 1 to guest 0."""
    story = Story().switch_in(0).program(1500).at(600).switch_out(0).stop_timer().restore_timer()
    return story.switch_in(1).at(700).program(1500).at(1490).switch_out(1)


def test_a_line_that_rises_before_the_host_stops_the_timer_is_that_of_the_guest_that_goes():
    story = two_deadlines().at(1502).line().stop_timer().line(0).restore_timer().at(1600)
    story.line().switch_in(0).deliver().program(9000).eoi()
    story.at(1700).switch_out(0).stop_timer().restore_timer().at(1800).line().switch_in(1)
    first, second = story.at(1900).deliver().program(9000).eoi().end().judged().results
    assert (first.ticks[0].line, second.ticks[0].line) == (1600, 1502)
    assert second.ticks[0].due_class is DueClass.SWITCH
    assert second.ticks[0].latency == 1900 - 1502


def test_a_line_that_rises_as_the_host_stops_the_timer_is_that_of_the_guest_that_goes():
    """The line comes from a flip-flop: it may rise in the cycle after the write."""
    story = two_deadlines().at(1501).stop_timer().line().line(0).restore_timer().at(1600)
    first, second = story.line().switch_in(0).end().judged().results
    assert (first.ticks[0].line, second.ticks[0].line) == (1600, 1502)


def test_a_line_that_rises_after_the_host_wrote_the_other_offset_is_that_of_the_guest_that_comes():
    story = two_deadlines().stop_timer().restore_timer().at(1600).line().switch_in(0)
    first, second = story.at(1700).deliver().end().judged().results
    assert (first.ticks[0].line, second.ticks[0].line) == (1600, None)
    assert first.ticks[0].latency == 100


def test_a_tick_due_while_the_other_guest_runs_is_of_that_class():
    story = Story().switch_in(0).program(1000).at(800).switch_out(0).at(850).switch_in(1)
    story.at(1200).switch_out(1).at(1250).switch_in(0).deliver().program(9000).eoi().end()
    assert story.judged().results[0].in_class(DueClass.OTHER) == 1


def test_a_tick_due_between_the_marks_is_inside_the_switch():
    story = Story().switch_in(0).program(1000).at(990).switch_out(0).at(1010).switch_in(1)
    story.at(1200).switch_out(1).at(1250).switch_in(0).deliver().program(9000).eoi().end()
    assert story.judged().results[0].in_class(DueClass.SWITCH) == 1


def test_a_tick_due_after_iar_and_before_a_switch_that_precedes_eoi_is_of_that_class():
    story = Story().switch_in(0).program(1000).at(1100).deliver().program(1500)
    story.at(1600).switch_out(0).at(1650).switch_in(1).at(1700).switch_out(1)
    story.at(1750).switch_in(0).eoi().deliver().program(9000).eoi().end()
    result = story.judged().results[0]
    assert result.in_class(DueClass.ACTIVE) == 1
    assert result.held == 1 and len(result.delivered) == 2


def test_an_ordinary_nested_deadline_without_a_switch_is_due_while_running():
    story = Story().switch_in(0).program(1000).at(1100).deliver().program(1500)
    story.at(1600).eoi().deliver().program(9000).eoi().end()
    assert story.judged().results[0].in_class(DueClass.RUNNING) == 2


def test_too_few_ticks_of_a_class_fail_the_run():
    reasons = one_tick().end().verdict(ticks=(1, None), per_class=1).reasons
    assert "0 ticks fell due inside the switch, 1 are needed" in reasons


def test_only_where_ends_are_forwarded_must_each_tick_have_a_line():
    story = Story().switch_in(0).program(1000).at(1100).deliver().program(9000)
    story.at(1300).eoi().end()
    assert "guest 0: 1 ticks without a line" in story.verdict(ticks=(1, None)).reasons
    story = Story().switch_in(0).program(1000).at(1100).deliver().program(9000)
    story.at(1300).guest_writes(GICV.EOIR, 27).end()
    assert story.verdict(ticks=(1, None), mode=Mode.MASKED).passed
