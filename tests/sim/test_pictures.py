"""The pictures show what the trace holds."""

import xml.etree.ElementTree as ElementTree

import pytest

from amagic.gic.transaction import Kind
from amagic.registers import GICD, GICH, GICV
from amagic_sim.judge import DueClass, Judge, Tick
from amagic_sim.pictures import draw_histogram, draw_timeline, lanes_of
from amagic_sim.trace import Event, EventKind

TICK = Tick(
    due=100, programmed=0, due_class=DueClass.RUNNING, line=101, entries=[160], iar=170, eoi=220
)


def event(time, kind, aux=0, value=0):
    return Event(time, kind, 0, aux, value)


def transaction(time, kind):
    return event(time, EventKind.DISTRIBUTOR, kind.value << 12 | 27)


def forwarded_tick():
    pending = GICH.LR.pack(VirtualID=27, PhysicalID=27, State=1, HW=1)
    return [
        event(50, EventKind.PRIVILEGE, value=1),
        event(101, EventKind.VTIMER, value=1),
        event(108, EventKind.IRQ, value=1),
        event(112, EventKind.PRIVILEGE, value=3),
        transaction(120, Kind.ACKNOWLEDGE),
        event(121, EventKind.IRQ, value=0),
        event(140, EventKind.GICH_WRITE, GICH.LR.offset, pending),
        event(144, EventKind.VIRQ, value=1),
        event(150, EventKind.PRIVILEGE, value=1),
        event(160, EventKind.WATCH, 0),
        event(170, EventKind.GICV_READ, GICV.IAR.offset, 27),
        event(172, EventKind.VIRQ, value=0),
        event(190, EventKind.VTIMER, value=0),
        event(220, EventKind.GICV_WRITE, GICV.EOIR.offset, 27),
        transaction(222, Kind.FORWARD),
        event(300, EventKind.MARK, value=3 << 28),
    ]


def spans(name, events=None):
    events = forwarded_tick() if events is None else events
    (lane,) = [lane for lane in lanes_of(events, 90, 260) if lane.name == name]
    return [(span.start, span.end, span.state) for span in lane.spans]


def test_the_physical_interrupt_goes_from_pending_through_active_to_inactive():
    assert spans("PPI 27") == [
        (101, 120, "pending"),
        (120, 190, "active and pending"),
        (190, 222, "active"),
    ]


def test_the_world_switch_changes_the_active_state_of_the_physical_interrupt():
    other, ppi = 1 << 30, 1 << 27
    events = [
        event(100, EventKind.GICD_WRITE, GICD.ISACTIVER.offset, ppi | other),
        event(110, EventKind.GICD_WRITE, GICD.ICACTIVER.offset, other),
        event(120, EventKind.VTIMER, value=1),
        event(130, EventKind.GICD_WRITE, GICD.ICACTIVER.offset, ppi),
        event(140, EventKind.GICD_WRITE, GICD.ISACTIVER.at(1), ppi),
        event(150, EventKind.VTIMER, value=0),
        event(300, EventKind.MARK),
    ]
    assert spans("PPI 27", events) == [
        (100, 120, "active"),
        (120, 130, "active and pending"),
        (130, 150, "pending"),
    ]


def test_the_list_register_is_pending_until_iar_and_active_until_eoir():
    assert spans("list register") == [(140, 170, "pending"), (170, 220, "active")]


def test_the_cpu_is_in_the_guest_or_in_the_host_or_in_the_handler():
    assert spans("host") == [(112, 150, "host")]
    assert spans("guest") == [
        (90, 112, "guest"),
        (150, 160, "guest"),
        (160, 220, "handler"),
        (220, 260, "guest"),
    ]


def test_the_outputs_are_drawn_as_they_were_signalled():
    assert spans("nIRQ") == [(108, 121, "high")]
    assert spans("nVIRQ") == [(144, 172, "high")]


def test_the_timeline_is_an_svg_with_the_cycles_from_the_line(tmp_path):
    path = draw_timeline(forwarded_tick(), TICK, tmp_path / "a" / "timeline.svg", "A tick")
    text = "".join(ElementTree.parse(path).getroot().itertext())
    for label in ("A tick", "handler +59", "IAR +69", "EOIR +119", "nVIRQ"):
        assert label in text


def test_the_same_run_draws_the_same_file(tmp_path):
    one = draw_timeline(forwarded_tick(), TICK, tmp_path / "1.svg", "A tick").read_bytes()
    assert one == draw_timeline(forwarded_tick(), TICK, tmp_path / "2.svg", "A tick").read_bytes()


def test_a_tick_that_was_not_ended_cannot_be_drawn(tmp_path):
    unfinished = Tick(due=1, programmed=0, due_class=DueClass.RUNNING)
    with pytest.raises(ValueError, match="needs a tick with a line"):
        draw_timeline(forwarded_tick(), unfinished, tmp_path / "x.svg", "")
    assert not list(tmp_path.iterdir())


def test_the_histogram_has_a_panel_a_guest_and_names_the_classes_with_their_samples(tmp_path):
    judge = Judge(2)
    judge.results[0].ticks.append(TICK)
    text = "".join(
        ElementTree.parse(draw_histogram(judge, tmp_path / "h.svg")).getroot().itertext()
    )
    assert "guest 0" in text and "guest 1" in text
    assert f"{DueClass.RUNNING.value}, n=1" in text
    assert text.count("no sample") == 1
