"""`amagic program`, with a stand-in for openFPGALoader that says what the real one says."""

import pytest

from amagic_boards.board import BOARDS, find_board
from amagic_boards.program import ProgramError, find_loader, program_board
from amagic_sim.cli import main


@pytest.fixture
def bitstream(tmp_path):
    path = tmp_path / "x.bit"
    path.write_bytes(b"bits")
    return path


@pytest.fixture
def loader(tmp_path, monkeypatch):
    """Puts an openFPGALoader on PATH that keeps its arguments, says something and ends so."""
    monkeypatch.delenv("OPENFPGALOADER", raising=False)
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def make(said: str = "", code: int = 0):
        path = folder / "openFPGALoader"
        lines = "\n".join(f"echo '{line}' >&2" for line in said.splitlines())
        path.write_text(
            f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\n'
            f'echo "write to ram"\n{lines}\nexit {code}\n'
        )
        path.chmod(0o755)
        return tmp_path / "arguments"

    return make


def test_the_loader_is_told_the_board_and_the_bitstream(loader, bitstream, capfd):
    arguments = loader("Load SRAM via JTAG: [=====] 100.00%\nDone")
    program_board(find_board("ulx3s"), bitstream)
    assert arguments.read_text().split() == ["--board", "ulx3s", str(bitstream)]
    assert "write to ram" in capfd.readouterr().out


def test_flash_is_written_on_request_only(loader, bitstream):
    arguments = loader()
    program_board(find_board("ecpix5"), bitstream, flash=True)
    assert arguments.read_text().split() == ["--board", "ecpix5", "--write-flash", str(bitstream)]


@pytest.mark.parametrize(
    ("said", "means"),
    [
        # As in the tool's issues 28, 245 and 398, and in its sources.
        (
            "unable to open ftdi device: -3 (device not found)\n"
            "JTAG init failed with: unable to open ftdi device",
            "cable was not found",
        ),
        ("No cable found\nJTAG init failed with: No cable found", "cable was not found"),
        (
            "unable to open ftdi device: -4 (usb_open() failed)\n"
            "JTAG init failed with: unable to open ftdi device",
            "this user may not use it: install the udev rules",
        ),
        (
            "unable to open ftdi device: -4 (libusb_open() failed)\n"
            "JTAG init failed with: unable to open ftdi device",
            "this user may not use it",
        ),
        (
            "unable to open ftdi device: -5 (unable to claim usb device. Make sure the default FTDI"
            " driver is not in use)\nJTAG init failed with: unable to open ftdi device",
            "another program uses",
        ),
        ("Error: cannot find board ulx3s", "install a newer one"),
        ("JTAG init failed with: TDO is stuck at 0", "is the board powered"),
        ("Something new", "ended with code 1"),
    ],
)
def test_a_failure_says_what_to_do(loader, bitstream, said, means):
    loader(said, 1)
    with pytest.raises(ProgramError, match=means) as caught:
        program_board(find_board("ulx3s"), bitstream)
    assert "ULX3S (LFE5U-85F) was not programmed" in str(caught.value)


def test_words_of_a_success_are_not_taken_for_a_failure(loader, bitstream):
    loader("Permission denied")
    program_board(find_board("ulx3s"), bitstream)


def test_a_missing_tool_is_named_with_its_package(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("OPENFPGALOADER", raising=False)
    with pytest.raises(
        ProgramError, match="openFPGALoader is not installed; Debian package: openf"
    ):
        find_loader()
    monkeypatch.setenv("OPENFPGALOADER", "elsewhere/loader")
    with pytest.raises(ProgramError, match="elsewhere/loader is not installed"):
        find_loader()
    assert main(["program", "ulx3s"]) == 1
    assert "elsewhere/loader is not installed" in capsys.readouterr().err


def test_a_bitstream_that_is_not_there_is_named(loader, tmp_path, monkeypatch, capsys):
    loader()
    with pytest.raises(ProgramError, match="there is no bitstream .*/none.bit"):
        program_board(find_board("ulx3s"), tmp_path / "none.bit")
    monkeypatch.setenv("AMAGIC_BUILD", str(tmp_path / "build"))
    assert main(["program", "ulx3s"]) == 1
    assert "`amagic build ulx3s` makes it" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["build", "load", "program"])
def test_an_unknown_board_is_answered_with_those_that_exist(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([command, "de10"])
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert "there is no board 'de10'; there are " in said
    assert all(name in said for name in BOARDS)
