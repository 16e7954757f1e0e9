"""The judge's rules, on traces made by hand."""

import pytest

from amagic.registers import GICC, GICV, CNTCTLBase, CNTEL0Base
from amagic_sim.judge import DueClass, Judge, Verdict
from amagic_sim.trace import Event, EventKind, Mark, TraceError, read_trace

MAIN, HANDLER_ENTRY, MASKED, UNMASKED = None, 0, 1, 2


class Story:
    """A trace in the making. ``at`` moves the time on."""

    def __init__(self):
        self.events = []
        self.now = 0
        for guest in (0, 1):
            self._event(EventKind.TIMER_WRITE, 0x2000 + CNTCTLBase.CNTVOFF.offset >> 2, 0)
            self._event(EventKind.TIMER_WRITE, 0x2004 + CNTCTLBase.CNTVOFF.offset >> 2, 0)
            self.switch_in(guest)
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

    def switch_in(self, guest, offset=None):
        if offset is not None:
            base = 0x2000 + CNTCTLBase.CNTVOFF.offset
            self._event(EventKind.TIMER_WRITE, base >> 2, offset & 0xFFFFFFFF)
            self._event(EventKind.TIMER_WRITE, base + 4 >> 2, offset >> 32)
        return self._event(EventKind.MARK, 0, Mark.SWITCH_IN << 28 | guest)

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

    def eoi(self, intid=27):
        return self._event(EventKind.GICV_WRITE, GICV.EOIR.offset, intid)

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


def test_a_handler_entry_for_nothing_fails_the_run_unless_it_is_allowed():
    for story in (
        one_tick().at(2000).watch(HANDLER_ENTRY).iar(1023),
        one_tick().at(2000).watch(HANDLER_ENTRY).at(9100).line().deliver().program(20_000).eoi(),
    ):
        story.end()
        ticks = (None, None)
        reasons = story.verdict(ticks=ticks).reasons
        assert reasons == ("guest 0: 1 handler entries for nothing",)
        assert story.verdict(ticks=ticks, spurious_allowed=True).passed


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


def test_a_deadline_in_the_past_fell_due_when_the_counter_reached_it():
    story = Story().switch_in(1).at(2000).switch_out(1).at(2100).switch_in(0)
    story.at(5000).program(1000).line().at(5100).deliver().end()
    (tick,) = story.judged().results[0].delivered
    assert tick.due == 1000 and tick.due_class is DueClass.OTHER
    assert tick.lateness == 4100 and tick.latency == tick.entry - tick.line


def test_the_first_rise_of_the_line_counts_also_when_it_rises_again_at_the_next_entry():
    story = Story().switch_in(0).program(1000).at(1001).line()
    story.at(1050).switch_out(0).at(1100).switch_in(1).switch_out(1)
    story.at(1200).line().switch_in(0).deliver().end()
    assert story.judged().results[0].delivered[0].line == 1001


def test_a_line_that_rises_inside_the_switch_is_that_of_the_guest_that_comes():
    story = Story().switch_in(0).program(1000).at(900).switch_out(0).at(950).switch_in(1)
    story.at(1500).switch_out(1).at(1600).line().switch_in(0).deliver().end()
    assert story.judged().results[0].delivered[0].line == 1600


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


@pytest.mark.parametrize("line", ["hello", "1 2 3", "1 31 0 0000 00000000", "1 0 0 zz 0"])
def test_a_line_that_is_no_event_is_refused_with_its_place(tmp_path, line):
    path = tmp_path / "trace.txt"
    path.write_text(f"7 0 0 0000 20000000\n{line}\n")
    with pytest.raises(TraceError, match=r"trace.txt:2: expected `TIME KIND CPU AUX VALUE`"):
        read_trace(path)
