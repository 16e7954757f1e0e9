"""The judge's rules of guests that move, to another slot or another run."""

import pytest

from amagic_sim.judge import Judge
from amagic_sim.trace import Mark
from amagic_sim.verdict import Verdict
from story import HANDLER_ENTRY, Story


def test_a_deadline_of_a_guest_that_moves_is_as_much_later_as_the_move_took():
    story = Story().switch_in(0, offset=0).program(1000).at(500).moves(0, 1, offset=5000)
    story.at(6001).line().at(6011).watch(HANDLER_ENTRY).iar().eoi()
    home, there = Judge(2).run([*story.end().events]).results
    assert home.ticks == []
    assert [(tick.due, tick.latency) for tick in there.delivered] == [(6000, 10)]


def test_an_entry_before_the_deadline_that_a_move_made_later_is_early():
    story = Story().switch_in(0, offset=0).program(1000).at(500).moves(0, 1, offset=5000)
    judge = Judge(2).run([*story.at(5900).watch(HANDLER_ENTRY).iar().end().events])
    assert judge.results[1].early == [5900]


@pytest.mark.parametrize(("offset", "jump"), [(5000, 0), (2000, 3000), (8000, -3000)])
def test_the_counter_of_a_guest_stands_still_while_it_moves(offset, jump):
    story = Story().switch_in(0, offset=0).at(500).moves(0, 1, offset=offset).end()
    jumps = Judge(2).run(story.events).results[1].jumps
    assert [round(each, -2) for each in jumps] == ([jump] if jump else [])
    reasons = Verdict.of(Judge(2).run(story.events), ticks=(None, None)).reasons
    assert any("its counter went on by" in reason for reason in reasons) == bool(jump)


def test_the_line_of_a_tick_that_falls_due_as_its_guest_is_switched_in_is_seen():
    story = Story().switch_in(0, offset=0).program(1000).at(500).switch_out(0).mark(Mark.LEAVE, 0)
    story.at(2000).mark(Mark.ARRIVE, 1).restore_timer(offset=1500).at(2600).line()
    story.at(2610).switch_in(1).at(2700).watch(HANDLER_ENTRY).iar().eoi().end()
    result = Judge(2).run(story.events).results[1]
    assert [(tick.due, tick.line) for tick in result.delivered] == [(2500, 2600)]


def test_no_time_passes_for_a_guest_that_has_arrived_until_it_is_switched_in():
    story = Story().switch_in(0, offset=0).program(1000).at(500).switch_out(0)
    story.mark(Mark.LEAVE, 0).mark(Mark.ARRIVE, 1).switch_in(0, offset=0).at(4000).switch_out(0)
    story.switch_in(1, offset=5000).at(5900).watch(HANDLER_ENTRY).iar().end()
    result = Judge(2).run(story.events).results[1]
    assert (result.early, result.ticks) == ([5900], [])


def test_a_tick_that_was_due_when_its_guest_moved_is_answered_once_where_it_arrives():
    story = Story().switch_in(0, offset=0).program(1000).at(1001).line().at(1100)
    story.moves(0, 1, offset=5000).at(6200).watch(HANDLER_ENTRY).iar().eoi()
    result = Judge(2).run([*story.end().events]).results[1]
    assert [(tick.due, tick.latency) for tick in result.delivered] == [(6000, 199)]
    assert (result.lost, result.duplicated) == ([], 0)


def test_a_tick_that_is_taken_on_both_sides_of_a_move_is_a_duplicate():
    story = Story().switch_in(0, offset=0).program(1000).at(1001).line().at(1010)
    story.watch(HANDLER_ENTRY).iar().at(1100).moves(0, 1, offset=5000)
    story.at(6200).watch(HANDLER_ENTRY).iar().eoi()
    assert Judge(2).run([*story.end().events]).results[1].duplicated == 1


def test_a_guest_goes_on_in_another_run_with_the_ticks_that_it_had():
    first = Story().switch_in(0, offset=0).program(1000).at(1001).line().at(1100)
    first.switch_out(0).mark(Mark.LEAVE, 0)
    second = Story().arrives(0, offset=-900 + (1 << 64)).at(200)
    second.watch(HANDLER_ENTRY).iar().eoi()
    before = Judge(2).run([*first.end().events])
    result = Judge(2, before).run([*second.end().events]).results[0]
    assert [(tick.due, tick.latency) for tick in result.delivered] == [(100, 99)]


def test_a_guest_that_arrives_and_has_not_left_is_refused():
    with pytest.raises(ValueError, match="guest 1 comes from nowhere"):
        Judge(2).run(Story().arrives(1, offset=0).events)
