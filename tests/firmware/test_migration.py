"""A guest that moves: between slots, and to a second system; no tick is lost, none doubled."""

import pytest
from guest_runs import GUESTS, check_guest, expected, own
from images import changed, cpu_word, head_word, image_of, image_words, irq_word

from amagic.soc.soc import SocConfig
from amagic_sim.build import build_root
from amagic_sim.compiler import firmware_root
from amagic_sim.hypervisor_build import GuestSource, build_hypervisor, demo_guests, guest_size
from amagic_sim.judge import Judge
from amagic_sim.migration.orders import (
    Order,
    What,
    moves,
    order_words,
    parse_answers,
    slot_words,
)
from amagic_sim.migration.transfer import TransferError, image_frames, received_image
from amagic_sim.migration.trial import (
    FREE,
    HOME,
    NEIGHBOUR,
    SLOTS,
    Case,
    build,
    directed,
    meet,
    over_uart,
    random_gaps,
    through_memory,
)
from amagic_sim.mode import Mode
from amagic_sim.report import parse_report
from amagic_sim.soc_sim import run_soc
from amagic_sim.trace import read_trace

RUNS = build_root() / "run" / "migration"
SHORT = Case(ticks=12, neighbours_ticks=12)
SPILLING = Case(ticks=12, neighbours_ticks=12, lrs=1)
NOWHERE = 9


@pytest.mark.parametrize(("lrs", "vcpus"), [(0, 1), (1, 1), (0, 2)])
def test_every_tick_arrives_once_though_the_guest_moves_at_random_instants(lrs, vcpus):
    case = Case(16, 40, lrs, vcpus=vcpus)
    trial = through_memory(case, random_gaps(lrs, 5), RUNS / f"random-{lrs}-{vcpus}")
    assert trial.reasons == []
    assert trial.states["in all"] == 5


@pytest.fixture(scope="module")
def instants() -> dict[str, list[int]]:
    """By the state; spilled ones of a guest with one list register."""
    spilled = directed(SPILLING, RUNS / "plain-1")
    return directed(SHORT, RUNS / "plain") | {
        state: found for state, found in spilled.items() if "spilled" in state
    }


@pytest.mark.parametrize(
    "state",
    [
        "the tick pending",
        "the tick active, HW",
        "the tick forwarded by the exit before",
        "the tick due during the switch",
        "pending, spilled",
        "active, spilled",
    ],
)
def test_guest_moves_with_its_interrupts_open(state, instants):
    case = SPILLING if "spilled" in state else SHORT
    trials = meet(case, state, instants[state], RUNS / state.replace(", ", "-").replace(" ", "-"))
    assert [trial.reasons for trial in trials] == [[]] * len(trials)
    assert state in trials[-1].states


@pytest.mark.parametrize("vcpus", [1, 2])
def test_guest_moves_while_two_harts_run(vcpus):
    case = Case(16, 40, vcpus=vcpus, harts=2)
    trial = through_memory(case, random_gaps(vcpus, 4), RUNS / f"harts-{vcpus}")
    assert trial.reasons == []
    assert trial.states["in all"] == 4


def test_guest_goes_on_in_a_second_system_that_got_its_image_over_the_serial_port(instants):
    trial = over_uart(SHORT, instants["the tick active, HW"][0], RUNS / "uart")
    assert trial.reasons == []


@pytest.mark.parametrize(
    "mode", [mode for mode in Mode if not mode.forwards], ids=lambda m: m.value
)
def test_guest_moves_in_every_mode(mode):
    case = Case(12, 20, mode=mode)
    assert through_memory(case, random_gaps(2, 2), RUNS / mode.value).reasons == []


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (Mode.FORWARDED, Mode.EMULATED),
        (Mode.EMULATED, Mode.FORWARDED),
        (Mode.FORWARDED, Mode.MASKED),
        (Mode.MASKED_EOI, Mode.FORWARDED),
    ],
    ids=lambda mode: mode.value,
)
def test_guest_goes_on_in_a_system_of_another_mode(here, there):
    case = Case(12, 12, mode=here)
    ticks = directed(case, RUNS / "plain-mode")["the tick active, HW"]
    folder = RUNS / f"{here.value}-to-{there.value}"
    trial = over_uart(case, ticks[0], folder, wire=False, mode=there)
    assert trial.reasons == []
    assert "the tick active, HW" in trial.states


@pytest.mark.parametrize("lrs", [1, 4])
def test_each_sgi_arrives_once_from_each_source_though_the_guest_moves_with_more_than_fit(lrs):
    """It moves in either of its rounds: with all pending, and with one of each CPU's active too."""
    sgis, vcpus = 6, 2
    source = GUESTS / "keeps_each_source_of_its_sgis.c"
    guest = own(source.stem, GUEST_VCPUS=vcpus, PAUSE=1_000_000)
    defines = {"HYP_MAX_LRS": lrs, "HYP_UART_OWNER": FREE, "HYP_BUTTON_OWNER": FREE}
    neighbour = demo_guests(SHORT.ticks)[1]
    program = build_hypervisor(guest, neighbour, slots=SLOTS, defines=defines)
    words = order_words(program, moves([700_000, 1_200_000], (HOME, FREE)))
    done = run_soc(program, RUNS / f"sources-{lrs}", max_cycles=6_000_000, words=words)
    answers = parse_answers(done.uart_text)
    assert [answer.result for answer in answers] == ["ok"] * 4
    left = [(answers[n].state["pending"], answers[n].state["active"]) for n in (0, 2)]
    assert left == [(vcpus * sgis, 0), (vcpus * (sgis - 1), vcpus)]
    report = parse_report(done.uart_text)
    assert report.passed
    wanted = expected(source)
    assert {key: report.guests[HOME][key] for key in wanted} == wanted
    judge = Judge(SLOTS * vcpus).run(read_trace(done.trace_path))
    assert len(judge.results[NEIGHBOUR].delivered) == SHORT.ticks


def test_device_stays_its_guests_own_while_another_guest_moves_away_and_back():
    source = GUESTS / "counts_the_buttons_edges.c"
    crowd = GuestSource(firmware_root() / "guests" / "crowd.c", {"TICKS": 4})
    program = build_hypervisor(crowd, own(source.stem), slots=SLOTS)
    words = order_words(program, moves([1000, 1000], (HOME, FREE)))
    done = run_soc(program, RUNS / "device", max_cycles=6_000_000, words=words, lines=True)
    assert [answer.result for answer in parse_answers(done.uart_text)] == ["ok"] * 4
    check_guest(done, source)


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


def damaged_at(at: int) -> bytes:
    image = bytearray(image_of(image_words()))
    image[at] ^= 4
    return bytes(image)


STATE = 4 * len(image_words())
REFUSED = {
    "other_version": (changed(head_word("version"), 2), "other-version"),
    "other_gic": (changed(head_word("interrupts"), 96), "other-machine"),
    "other_clock": (changed(head_word("clock_hz"), 60_000_000), "other-machine"),
    "longer_than_the_slot": (changed(head_word("length"), 0x10_0000), "truncated"),
    "more_memory_than_the_slot": (changed(head_word("ram_size"), 0x8000), "too-large"),
    "in_machine_mode": (changed(cpu_word("mstatus"), 3 << 11), "bad-context"),
    "damaged_head": (damaged_at(4 * head_word("count_low")), "damaged"),
    "damaged_registers": (damaged_at(4 * cpu_word("x10")), "damaged"),
    "damaged_interrupts": (damaged_at(4 * irq_word(27)), "damaged"),
    "damaged_memory": (damaged_at(STATE + 1000), "damaged"),
    "damaged_checksum": (damaged_at(-1), "damaged"),
    "cut_short": (image_of(image_words())[: STATE + 2000], "damaged"),
}
"""Images in a slot's memory. What follows one that is cut short is 0 there."""


@pytest.mark.parametrize("name", REFUSED)
def test_image_that_is_refused_leaves_the_guests_that_run_as_they_were(name):
    image, wanted = REFUSED[name]
    assert asked(name, [Order(60_000, What.IN, FREE)], image) == [wanted]


def test_image_of_something_else_is_refused_behind_the_serial_port():
    orders = [Order(0, What.RECEIVE, FREE), Order(0, What.IN, FREE)]
    frames = image_frames(b"\x7fELF" + bytes(100))
    assert asked("something-else", orders, uart_in=frames) == ["ok", "foreign"]


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


def test_image_longer_than_its_slot_is_refused_and_the_guest_behind_the_slot_goes_on():
    """The slot is one that a guest has left: another is behind it, and is yet to begin."""
    slots, config = 6, SocConfig()
    room, there = guest_size(config, slots), slots - 1
    defines = {"HYP_UART_OWNER": FREE}
    program = build_hypervisor(*demo_guests(SHORT.ticks), slots=slots, defines=defines)
    words = image_words()
    words[head_word("length")] += room - words[head_word("ram_size")]
    words[head_word("ram_size")] = room
    image = image_of(words, bytes(range(256)) * (room // 256))
    orders = [
        *moves([0], (HOME, there)),
        Order(0, What.RECEIVE, HOME),
        Order(0, What.IN, HOME),
    ]
    done = run_soc(
        program,
        RUNS / "longer-than-its-slot",
        max_cycles=8_000_000,
        uart_in=bytes(1000) + image_frames(image),  # the move takes its time
        words=order_words(program, orders),
    )
    answers = [answer.result for answer in parse_answers(done.uart_text)]
    assert answers == ["ok", "ok", "no-room", "truncated"]
    report = parse_report(done.uart_text)
    assert report.passed
    results = Judge(slots).run(read_trace(done.trace_path)).results
    for slot, guest in enumerate(report.guests):
        ticks = SHORT.ticks if slot in (NEIGHBOUR, there) else 0
        assert len(results[slot].delivered) == ticks
        assert (results[slot].lost, results[slot].duplicated, results[slot].early) == ([], 0, [])
        assert guest["state"] == ("done" if ticks else "moved" if slot == HOME else "empty")


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
