"""The judge's rules of exits: what they are for, and what they cost."""

from amagic.registers import GICC, GICV
from amagic_sim.trace import EventKind, Mark
from story import HANDLER_ENTRY, Story, one_tick


def test_exits_are_counted_by_their_cause():
    story = one_tick().host_irqs(27).host_irqs(30, 27).trap().end()
    result = story.judged().results[0]
    assert result.exits == {"irq 27": 1, "irq 30": 1, "trap": 1}


def test_every_interrupt_that_the_host_acknowledges_in_an_exit_counts():
    story = one_tick().host_irqs(27).host_irqs(30, 27).trap().end()
    assert story.judged().results[0].physical_interrupts == 3


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
    story.event(EventKind.PRIVILEGE, 0, 3)
    story.event(EventKind.GICC_READ, GICC.IAR.offset, 30)
    story.switch_out(0).at(500).switch_in(1, offset=0)
    story.at(600).event(EventKind.PRIVILEGE, 0, 1)
    first, second = story.end().judged().results
    assert first.host_cycles["irq 30"] == 400
    assert not second.host_cycles
