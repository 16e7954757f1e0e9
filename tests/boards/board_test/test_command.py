"""`amagic board-test` from its command line to its results, with a board of a few lines."""

import pytest

from amagic.soc.soc import SocConfig
from amagic_boards.board_test.protocol import REQUEST
from amagic_sim import cli
from amagic_sim.firmware import soc_id
from fake_board import MARK, FakeBoard, end, hello, self_test, stream, text, trace


def board_that_says(*frames):
    def script(board):
        heard, number = b"", 0
        while REQUEST not in heard and board.rest(0):
            board.send(stream(hello(soc=soc_id(SocConfig())), first=number)[0])
            heard += board.receive(0.05)
            number += 1
        for frame in stream(*frames, first=number):
            board.send(frame)

    return FakeBoard(script)


@pytest.fixture
def board_test(tmp_path, capsys):
    """Runs the command on a board that says those frames: its exit code, and what it printed."""

    def call(*frames, options=()):
        with board_that_says(*frames) as board:
            arguments = ["board-test", "--port", board.port, "--out", str(tmp_path), *options]
            code = cli.main(arguments)
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return call


def test_a_self_test_that_fails_is_a_fail_with_its_name(board_test, tmp_path):
    code, said = board_test(
        self_test("memory"), self_test("timer", "CNTV_CVAL, lower", 1, 0x10), end(result=1)
    )
    assert code == 1
    reason = "self-test timer failed: CNTV_CVAL, lower is 0x1, and should be 0x10"
    assert f"reason: {reason}\n\nFAIL: 1 of 2 self-tests passed, 0 ticks delivered" in said
    assert reason in (tmp_path / "report.txt").read_text()


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        ({"unread": 3}, "3 records found the probe's buffer full"),
        ({"dropped": 5}, "the probe dropped 5 events"),
    ],
)
def test_a_trace_with_holes_is_a_fail(board_test, lost, reason):
    code, said = board_test(self_test("memory"), trace(MARK), end(records=1, **lost))
    assert code == 1 and f"reason: emulated: {reason}" in said and "FAIL: " in said


def test_a_board_that_does_not_test_itself_is_a_fail(board_test):
    code, said = board_test(end())
    assert code == 1 and "reason: the board did not test itself" in said


def test_a_firmware_that_gives_up_is_an_error(board_test, tmp_path):
    code, said = board_test(
        self_test("memory"),
        text("AMAGIC-PANIC line stays high 0x1e\nFAIL\n"),
        end(result=2),
        options=["--mode", "own"],
    )
    assert code == 1 and "the firmware gave up: line stays high 0x1e" in said
    assert "AMAGIC-PANIC" in (tmp_path / "own" / "uart.txt").read_text()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ([], "one of the arguments --port --simulate is required"),
        (["--port", "x", "--simulate", "ulx3s"], "not allowed with argument"),
        (["--simulate", "ulx4s"], "there is no board 'ulx4s'"),
        (["--port", "x", "--timeout", "0"], "expected a number of seconds, not '0'"),
        (["--simulate", "ulx3s", "--ticks", "0"], "expected a number in 1 to 100000, not '0'"),
        (["--port", "x", "--mode", "direct"], "there is no firmware mode 'direct'; there is emul"),
    ],
)
def test_a_wrong_command_line_is_refused(capsys, options, reason):
    with pytest.raises(SystemExit) as caught:
        cli.main(["board-test", *options])
    assert caught.value.code == 2
    assert reason in capsys.readouterr().err


def test_ticks_are_for_a_simulated_board(tmp_path, capsys):
    options = ["--port", "/dev/ttyNONE", "--ticks", "3", "--out", str(tmp_path)]
    assert cli.main(["board-test", *options]) == 1
    assert "--ticks is for a simulated board" in capsys.readouterr().err
