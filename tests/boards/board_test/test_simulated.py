"""The on-board test on a simulated board: pins, PLL, reset, and the serial line at its own rate."""

import re
import signal
from itertools import pairwise

import pytest

from amagic.registers import CNTControlBase
from amagic_boards.bitstream import read_firmware
from amagic_boards.board import find_board
from amagic_boards.board_test import session
from amagic_boards.board_test.firmware import build_board_firmware
from amagic_boards.board_test.port import open_port
from amagic_boards.board_test.protocol import LinkError
from amagic_boards.board_test.session import BoardRun, Patience, run_session
from amagic_boards.board_test.simulated import build_simulated, simulated_board
from amagic_sim import cli
from amagic_sim.compare import MODES
from amagic_sim.firmware import soc_id
from amagic_sim.mode import Mode
from amagic_sim.report import parse_report
from amagic_sim.trace import EventKind, read_trace

TICKS = 3
OWN_MODE = Mode.MASKED
PATIENCE = Patience(silence=60, total=300)


def test_a_simulated_board_passes_in_each_mode_one_after_another(tmp_path, capsys):
    options = ["--simulate", "ulx3s", "--ticks", str(TICKS), "--out", str(tmp_path)]
    assert cli.main(["board-test", *options]) == 0
    printed = capsys.readouterr().out
    columns = r" +".join(mode.value for mode in MODES)
    assert re.search(rf"^ +{columns}$", printed, re.MULTILINE)
    delivered = r" +".join([str(2 * TICKS)] * len(MODES))
    assert re.search(rf"^ticks delivered +{delivered}$", printed, re.MULTILINE)
    ticks = 2 * TICKS * len(MODES)
    assert printed.endswith(
        f"PASS: 10 of 10 self-tests passed, {ticks} ticks delivered in 4 modes\n"
    )
    out = tmp_path / "ulx3s"
    assert (out / "report.txt").read_text() in printed
    assert (out / "comparison.txt").read_text().rstrip() in printed
    assert (out / "comparison.svg").read_text().startswith("<?xml")
    for mode in MODES:
        assert parse_report((out / mode.value / "uart.txt").read_text()).mode == mode.value
    assert (out / "forwarded" / "latency.svg").read_text().startswith("<?xml")
    # While the board sends, the guests' time stands: from CNTCR's 0 to its 1 no more passes than
    # the two writes take.
    control = [
        event
        for event in read_trace(out / "forwarded" / "trace.txt")
        if event.kind is EventKind.TIMER_WRITE and event.aux == CNTControlBase.CNTCR.offset >> 2
    ][:-1]  # the last is the run's end
    pauses = [(stop, start) for stop, start in pairwise(control) if stop.value == 0]
    assert len(pauses) > 3
    assert all(start.value == 1 and start.time - stop.time < 10 for stop, start in pauses)


@pytest.fixture
def simulated(tmp_path):
    """A simulated board that runs, and its port."""
    board = find_board("ulx3s")
    firmware = build_board_firmware(board, ticks=TICKS, mode=OWN_MODE)
    words = read_firmware(firmware.elf, board).words
    with simulated_board(build_simulated(board), words, tmp_path) as running:
        port = open_port(running.port, board.soc.baud)
        try:
            yield running, port, {soc_id(board.soc)}
        finally:
            port.close()


def test_the_reset_button_makes_a_board_that_has_finished_ready_for_the_same_run_again(simulated):
    running, port, socs = simulated

    def run_again() -> BoardRun | None:
        try:
            return run_session(port, socs, PATIENCE)
        except LinkError as error:
            assert "has finished a run before: press its reset button" in str(error)
            return None

    first = run_session(port, socs, PATIENCE)
    assert run_again() is None
    running.press_reset()
    # Until the simulation gets there, it says that it has finished.
    while (second := run_again()) is None:
        pass
    assert all(test.passed for test in (*first.tests, *second.tests))
    assert first.end.result == second.end.result == 0
    assert first.text == second.text
    assert first.events == second.events
    assert parse_report(first.text).mode == OWN_MODE.value  # nobody asked for another


def test_a_mode_that_the_firmware_does_not_have_is_refused_and_it_stays_ready(
    simulated, monkeypatch
):
    _, port, socs = simulated
    port.write(b"\n" + b"x" * 100 + b"\namagic runs\n")  # no requests
    with monkeypatch.context() as patch:
        patch.setattr(session, "request", lambda _: b"amagic run direct\n")
        with pytest.raises(LinkError, match="the board's firmware has no mode"):
            run_session(port, socs, PATIENCE)
    told = run_session(port, socs, PATIENCE, mode=Mode.EMULATED)
    assert parse_report(told.text).mode == Mode.EMULATED.value


def test_a_simulator_that_is_killed_is_said(tmp_path):
    board = find_board("ulx3s")
    words = read_firmware(build_board_firmware(board, ticks=TICKS).elf, board).words
    with (
        pytest.raises(LinkError, match=r"the simulator of the board was ended by signal 9 .*gone"),
        simulated_board(build_simulated(board), words, tmp_path) as running,
    ):
        port = open_port(running.port, board.soc.baud)
        try:
            run_session(
                port,
                {soc_id(board.soc)},
                Patience(silence=60, total=120),
                lambda _: running.process.kill(),
            )
        finally:
            port.close()


def test_a_simulator_that_stands_still_is_silent(simulated):
    running, port, socs = simulated
    with pytest.raises(LinkError, match="nothing came from the board for 2 s"):
        run_session(
            port,
            socs,
            Patience(silence=2, total=120),
            lambda _: running.process.send_signal(signal.SIGSTOP),
        )


def test_a_simulator_ends_when_nobody_holds_its_port(tmp_path):
    board = find_board("ulx3s")
    words = read_firmware(build_board_firmware(board, ticks=TICKS).elf, board).words
    with simulated_board(build_simulated(board), words, tmp_path) as running:
        running.release()
        assert running.process.wait(60) == 0
