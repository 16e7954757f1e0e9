"""The judge's rules, on traces made by hand."""

import pytest

from amagic.gic.transaction import Kind
from amagic.registers import GICC, GICD, GICV, CNTBase, CNTCTLBase, CNTEL0Base
from amagic_sim.judge import DueClass, Judge
from amagic_sim.mode import Mode
from amagic_sim.trace import Event, EventKind, Mark, TraceError, read_trace
from amagic_sim.verdict import Verdict

MAIN, HANDLER_ENTRY, MASKED, UNMASKED = None, 0, 1, 2


class Story:
    """A trace in the making. ``at`` moves the time on."""

    def __init__(self):
        self.events = []
        self.now = 0
        for guest in (0, 1):
            self.switch_in(guest, offset=0)
            self.switch_out(guest)

    def _event(self, kind, aux=0, value=0):
        self.events.append(Event(self.now, kind, 0, aux, value))
        self.now += 1
        return self

    def at(self, time):
        assert time >= self.now
        self.now = time
        return self

    def switch_out(self, guest):
        return self._event(EventKind.MARK, 0, Mark.SWITCH_OUT << 28 | guest)

    def stop_timer(self):
        """The host stops the timer of the guest that goes."""
        return self._event(EventKind.TIMER_WRITE, 0x10000 + CNTBase.CNTV_CTL.offset >> 2, 0)

    def restore_timer(self, offset=0):
        """The host begins with the timer of the guest that comes."""
        base = 0x2000 + CNTCTLBase.CNTVOFF.offset
        self._event(EventKind.TIMER_WRITE, base >> 2, offset & 0xFFFFFFFF)
        return self._event(EventKind.TIMER_WRITE, base + 4 >> 2, offset >> 32)

    def switch_in(self, guest, offset=None):
        if offset is not None:
            self.restore_timer(offset)
        return self._event(EventKind.MARK, 0, Mark.SWITCH_IN << 28 | guest)

    def mark(self, what, guest):
        return self._event(EventKind.MARK, 0, what << 28 | guest)

    def moves(self, guest, there, offset):
        """The guest leaves, arrives, and is switched in: by its counter in the same moment."""
        self.switch_out(guest).mark(Mark.LEAVE, guest)
        return self.at(self.now + 5000).arrives(there, offset)

    def arrives(self, guest, offset):
        return self.mark(Mark.ARRIVE, guest).switch_in(guest, offset)

    def end(self):
        return self._event(EventKind.MARK, 0, Mark.END << 28)

    def _timer(self, register, value, high=0):
        return self._event(EventKind.TIMER_WRITE, 0x11000 + register.offset + high >> 2, value)

    def program(self, cval):
        self._timer(CNTEL0Base.CNTV_CVAL, 0xFFFFFFFF)
        self._timer(CNTEL0Base.CNTV_CVAL, cval >> 32, high=4)
        self._timer(CNTEL0Base.CNTV_CVAL, cval & 0xFFFFFFFF)
        return self._timer(CNTEL0Base.CNTV_CTL, 1)

    def line(self, level=1):
        return self._event(EventKind.VTIMER, 0, level)

    def watch(self, what):
        return self._event(EventKind.WATCH, what)

    def iar(self, intid=27):
        return self._event(EventKind.GICV_READ, GICV.IAR.offset, intid)

    def transaction(self, kind, intid=27):
        return self._event(EventKind.DISTRIBUTOR, kind.value << 12 | intid)

    def forward(self, intid=27):
        """A list register deactivates the physical interrupt."""
        return self.transaction(Kind.FORWARD, intid)

    def guest_writes(self, register, value):
        return self._event(EventKind.GICV_WRITE, register.offset, value)

    def eoi(self, intid=27):
        return self.guest_writes(GICV.EOIR, intid).forward(intid)

    def host_masks_timer(self):
        self._event(EventKind.TIMER_WRITE, 0x10000 + CNTBase.CNTV_CTL.offset >> 2, 3)
        return self.line(0)

    def emulates(self, what, register, value):
        """The guest's access to its CPU interface is an exit, and the host marks it."""
        self._event(EventKind.PRIVILEGE, 0, 3)
        self._event(EventKind.MARK, 0, what << 28 | register.offset // 4 << 16 | value)
        return self._event(EventKind.PRIVILEGE, 0, 1)

    def host_clears_active(self, intid=27):
        self._event(EventKind.GICD_WRITE, GICD.ICACTIVER.offset, 1 << intid)
        return self.transaction(Kind.ACCESS, 0)

    def host_irqs(self, *intids):
        self._event(EventKind.PRIVILEGE, 0, 3)
        for intid in (*intids, 1023):
            self._event(EventKind.GICC_READ, GICC.IAR.offset, intid)
        return self._event(EventKind.PRIVILEGE, 0, 1)

    def trap(self):
        self._event(EventKind.PRIVILEGE, 0, 3)
        return self._event(EventKind.PRIVILEGE, 0, 1)

    def deliver(self):
        return self.watch(HANDLER_ENTRY).iar()

    def judged(self):
        return Judge(2).run(self.events)

    def verdict(self, **kwargs):
        return Verdict.of(self.judged(), **kwargs)


def one_tick():
    return Story().switch_in(0).program(1000).at(1001).line().at(1100).deliver().program(9000).eoi()


def test_a_handler_entry_for_nothing_fails_the_run_but_for_a_guest_of_ones_own():
    for story, ticks in (
        (one_tick().at(2000).watch(HANDLER_ENTRY).iar(1023), 1),
        (one_tick().at(2000).watch(HANDLER_ENTRY).at(9100).line().deliver().eoi(), 2),
    ):
        story.end()
        reasons = story.verdict(ticks=(ticks, None)).reasons
        assert reasons == ("guest 0: 1 handler entries for nothing",)
        assert story.verdict(ticks=(None, None)).passed


def one_active_tick():
    return Story().switch_in(0).program(1000).at(1001).line().at(1100).deliver().program(9000)


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
    story._event(EventKind.GICV_READ, GICV.AIAR.offset, 27).program(9000)
    story.guest_writes(GICV.AEOIR, 27).forward().end()
    assert story.verdict(ticks=(1, None)).passed


def test_a_tick_without_a_line_fails_the_run():
    story = Story().switch_in(0).program(1000).at(1100).deliver().program(9000).eoi().end()
    assert story.verdict(ticks=(1, None)).reasons == ("guest 0: 1 ticks without a line",)


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


def test_the_offset_of_a_guest_is_that_of_its_switch_in():
    story = Story().switch_in(0, offset=1 << 33).program(0x1_0000)
    tick_at = (1 << 33) + 0x1_0000
    story.at(tick_at + 5).deliver().end()
    assert story.judged().results[0].delivered[0].due == tick_at


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


def test_exits_are_counted_by_their_cause():
    story = one_tick().host_irqs(27).host_irqs(30, 27).trap().end()
    result = story.judged().results[0]
    assert result.exits == {"irq 27": 1, "irq 30": 1, "trap": 1}


def test_every_interrupt_that_the_host_acknowledges_in_an_exit_counts():
    story = one_tick().host_irqs(27).host_irqs(30, 27).trap().end()
    assert story.judged().results[0].physical_interrupts == 3


def test_a_run_without_end_mark_fails():
    assert "the run did not come to its end mark" in one_tick().verdict(ticks=(1, None)).reasons


def test_dropped_events_fail_the_run():
    assert (
        "the probe dropped 3 events" in one_tick().end().verdict(ticks=(1, None), dropped=3).reasons
    )


def test_a_mark_of_an_unknown_guest_is_refused():
    with pytest.raises(ValueError, match="names guest 7"):
        Story().switch_in(7).judged()


def test_a_trace_is_read_in_the_order_of_time(tmp_path):
    path = tmp_path / "trace.txt"
    path.write_text("12 3 0 0000 00000001\n7 0 0 0000 20000000\n")
    first, second = read_trace(path)
    assert (first.kind, first.mark, first.time) == (EventKind.MARK, Mark.SWITCH_IN, 7)
    assert second.kind is EventKind.IRQ


def emulated_tick():
    story = Story().switch_in(0).program(1000).at(1001).line()
    story.at(1010).host_irqs(27).host_masks_timer().at(1100).watch(HANDLER_ENTRY)
    story.at(1200).emulates(Mark.GICC_READ, GICV.IAR, 27).at(1300).program(9000)
    return story.at(1400).emulates(Mark.GICC_WRITE, GICV.EOIR, 27)


def test_an_emulated_access_is_followed_as_one_to_the_hardware():
    (tick,) = emulated_tick().end().judged().results[0].delivered
    assert (tick.line, tick.entry, tick.iar, tick.eoi) == (1001, 1100, 1201, 1401)
    assert (tick.interrupts, tick.latency, tick.wait) == (1, 99, 100)


def test_an_emulated_access_is_an_exit_of_its_own_kind_and_an_end_one_at_an_end():
    judge = emulated_tick().end().judged()
    result = judge.results[0]
    assert result.exits == {"irq 27": 1, "gicc": 2}
    assert result.host_cycles == {"irq 27": 3, "gicc": 4}
    assert result.end_exits == 1
    assert len(judge.masks) == 1


def test_a_maintenance_interrupt_is_an_exit_at_an_end():
    result = Story().switch_in(0).at(100).host_irqs(25).end().judged().results[0]
    assert (result.exits["irq 25"], result.end_exits) == (1, 1)


def test_the_host_cycles_of_a_switch_are_the_guests_that_went():
    story = Story().switch_in(0).at(100).host_irqs().at(200)
    story._event(EventKind.PRIVILEGE, 0, 3)
    story._event(EventKind.GICC_READ, GICC.IAR.offset, 30)
    story.switch_out(0).at(500).switch_in(1, offset=0)
    story.at(600)._event(EventKind.PRIVILEGE, 0, 1)
    first, second = story.end().judged().results
    assert first.host_cycles["irq 30"] == 400
    assert not second.host_cycles


UNFORWARDED = [mode for mode in Mode if not mode.forwards]


@pytest.mark.parametrize("mode", UNFORWARDED, ids=[mode.value for mode in UNFORWARDED])
def test_only_where_ends_are_forwarded_must_they_deactivate(mode):
    quiet = one_active_tick().at(1300).guest_writes(GICV.EOIR, 27).end()
    assert quiet.verdict(ticks=(1, None), mode=mode).passed
    reasons = one_active_tick().at(1300).eoi().end().verdict(ticks=(1, None), mode=mode).reasons
    assert reasons == ("ends by the guests deactivated PPI 27",)


def test_only_where_ends_are_forwarded_must_each_tick_have_a_line():
    story = Story().switch_in(0).program(1000).at(1100).deliver().program(9000)
    story.at(1300).eoi().end()
    assert "guest 0: 1 ticks without a line" in story.verdict(ticks=(1, None)).reasons
    story = Story().switch_in(0).program(1000).at(1100).deliver().program(9000)
    story.at(1300).guest_writes(GICV.EOIR, 27).end()
    assert story.verdict(ticks=(1, None), mode=Mode.MASKED).passed


@pytest.mark.parametrize("line", ["hello", "1 2 3", "1 31 0 0000 00000000", "1 0 0 zz 0"])
def test_a_line_that_is_no_event_is_refused_with_its_place(tmp_path, line):
    path = tmp_path / "trace.txt"
    path.write_text(f"7 0 0 0000 20000000\n{line}\n")
    with pytest.raises(TraceError, match=r"trace.txt:2: expected `TIME KIND CPU AUX VALUE`"):
        read_trace(path)
