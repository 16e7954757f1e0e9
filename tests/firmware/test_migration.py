"""A guest that moves: between slots, and to a second system; no tick is lost, none doubled."""

import pytest
from images import image_of, image_words

from amagic_sim.build import build_root
from amagic_sim.judge import Judge
from amagic_sim.migration.orders import Order, What, order_words, parse_answers, slot_words
from amagic_sim.migration.transfer import TransferError, image_frames, received_image
from amagic_sim.migration.trial import (
    FREE,
    HOME,
    NEIGHBOUR,
    SLOTS,
    Case,
    build,
    directed,
    over_uart,
    random_gaps,
    through_memory,
)
from amagic_sim.report import parse_report
from amagic_sim.soc_sim import run_soc
from amagic_sim.trace import read_trace

RUNS = build_root() / "run" / "migration"
SHORT = Case(ticks=12, neighbours_ticks=12)
NOWHERE = 9


@pytest.mark.parametrize("lrs", [0, 1])
def test_every_tick_arrives_once_though_the_guest_moves_at_random_instants(lrs):
    trial = through_memory(Case(16, 40, lrs), random_gaps(lrs, 5), RUNS / f"random-{lrs}")
    assert trial.reasons == []
    assert trial.states["in all"] == 5


@pytest.fixture(scope="module")
def instants() -> dict[str, int]:
    return directed(SHORT, RUNS / "plain")


@pytest.mark.parametrize(
    "state", ["the tick pending", "the tick active, HW", "the tick due during the switch"]
)
def test_guest_moves_with_its_tick_open(state, instants):
    folder = RUNS / state.replace(", ", "-").replace(" ", "-")
    trial = through_memory(SHORT, [instants[state]], folder)
    assert trial.reasons == []
    assert state in trial.states


def test_guest_moves_with_spilled_interrupts():
    case = Case(12, 12, lrs=1)
    instant = directed(case, RUNS / "plain-1")["the tick active, HW"]
    trial = through_memory(case, [instant], RUNS / "spilled")
    assert trial.reasons == []
    assert "an interrupt spilled" in trial.states


def test_guest_goes_on_in_a_second_system_that_got_its_image_over_the_serial_port(instants):
    trial = over_uart(SHORT, instants["the tick active, HW"], RUNS / "uart")
    assert trial.reasons == []


def asked(name: str, orders: list[Order], image: bytes = b"", **options: object) -> list[str]:
    """What the host answers, while two guests run and get every one of their ticks."""
    program = build(SHORT)
    words = slot_words(image, FREE, SLOTS) | order_words(program, orders)
    run = run_soc(program, RUNS / name, max_cycles=6_000_000, words=words, **options)
    report = parse_report(run.uart_text)
    assert report.passed
    assert report.dropped == 0
    results = Judge(SLOTS).run(read_trace(run.trace_path)).results
    for slot in (HOME, NEIGHBOUR):
        assert len(results[slot].delivered) == SHORT.ticks
        assert (results[slot].lost, results[slot].duplicated, results[slot].early) == ([], 0, [])
        assert report.guests[slot]["state"] == "done"
    assert report.guests[FREE]["state"] == "empty"
    return [answer.result for answer in parse_answers(run.uart_text)]


def test_image_that_is_damaged_is_refused_and_the_guests_that_run_go_on():
    damaged = bytearray(image_of(image_words()))
    damaged[1000] ^= 4
    assert asked("damaged", [Order(60_000, What.IN, FREE)], bytes(damaged)) == ["damaged"]


def test_move_that_cannot_be_is_refused_with_its_reason():
    orders = [
        Order(60_000, What.OUT, FREE, NEIGHBOUR),  # it has the button
        Order(0, What.OUT, NEIGHBOUR, HOME),
        Order(0, What.OUT, NOWHERE, HOME),
        Order(0, What.OUT, HOME, NOWHERE),
        Order(0, What.OUT, FREE, FREE),
        Order(0, What.IN, HOME),
        Order(0, What.IN, FREE),  # nothing is there
    ]
    wanted = ["has-device", "slot-in-use", "no-such-slot", "no-such-slot", "not-running"]
    assert asked("impossible", orders) == [*wanted, "slot-in-use", "foreign"]


def test_image_whose_end_does_not_come_is_refused():
    cut = image_frames(image_of(image_words()))[:2000]
    orders = [Order(0, What.RECEIVE, FREE)]
    assert asked("cut", orders, uart_in=cut) == ["truncated"]


def test_image_comes_out_of_its_frames_as_it_went_in():
    image = image_of(image_words())
    assert received_image(b"text before\n" + image_frames(image) + b"and behind\n") == image


def test_image_of_which_a_frame_is_lost_is_refused():
    frames = image_frames(image_of(image_words()))
    at = frames.index(b"\0\0", 1000) + 1
    with pytest.raises(TransferError, match="got lost"):
        received_image(frames[:at] + b"\0" + frames[at + 40 :])
