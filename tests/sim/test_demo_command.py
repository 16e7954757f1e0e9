"""`amagic demo` with guests and windows of the user's, from the command line to the files."""

import re

import pytest

from amagic_sim import cli
from amagic_sim.build import build_root

SHORT = """
#define TICKS {ticks}
#define PERIOD {period}
#include "ticker.c"
"""


@pytest.fixture
def guests(tmp_path):
    """Options for two guests with a few ticks each."""
    options = []
    for number, period in enumerate((13007, 14009)):
        source = tmp_path / f"guest{number}.c"
        source.write_text(SHORT.format(ticks=4 + number, period=period))
        options += [f"--guest{number}", str(source)]
    return options


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def demo(out, *options):
    return cli.main(["demo", "--out", str(out), *options])


def built():
    return {path.name for path in (build_root() / "firmware").glob("*/")}


def test_guests_and_windows_of_ones_own_are_run_judged_and_shown(guests, out, capsys):
    out.mkdir()
    for stale in ("timeline.svg", "latency.svg"):
        (out / stale).write_text("of an earlier run")
    windows = ["--window", "20000:20100", "--window", "40000:40050"]
    assert demo(out, *guests, *windows) == 0
    printed = capsys.readouterr().out
    assert re.search(r"^ticks delivered +4 +5$", printed, re.MULTILINE)
    assert re.search(r"^deactivated by the guest's own EOI +4 +5$", printed, re.MULTILINE)
    assert " name guest0 " in printed and " name guest1 " in printed
    assert "PASS: 9 ticks delivered" in printed
    waveform = (out / "wave" / "soc.vcd").read_text()
    code = re.search(r"\$var wire 64 (\S+) count \[63:0\] \$end", waveform)[1]
    counts = re.findall(rf"^b([01]+) {re.escape(code)}$", waveform, re.MULTILINE)
    shown = {int(count, 2) for count in counts}
    assert {20_050, 40_025} <= shown and 30_000 not in shown
    assert (out / "wave" / "soc.gtkw").is_file()
    for path in out.rglob("*.svg"):
        assert path.read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.c", None, r"cannot read the guest .*missing\.c: No such file"),
        ("broken.c", "void guest_main(void) { nowhere(); }\n", r"broken\.c(.|\n)*nowhere"),
        ("guest.txt", "hello\n", r"guest\.txt is neither a C source \(\.c\) nor an ELF file"),
        ("folder.c", ..., r"cannot read the guest .*folder\.c: Is a directory"),
    ],
)
@pytest.mark.parametrize("number", [0, 1])
def test_a_guest_that_cannot_be_built_is_an_error_and_leaves_nothing(
    tmp_path, out, capsys, number, name, content, message
):
    path = tmp_path / name
    if content is ...:
        path.mkdir()
    elif content is not None:
        path.write_text(content)
    before = built()
    assert demo(out, f"--guest{number}", str(path)) == 1
    said = capsys.readouterr().err
    assert said.startswith("amagic: error: ") and re.search(message, said)
    assert not out.exists()
    assert not [name for name in built() - before if name.startswith(("guest-broken", "tmp-"))]


@pytest.mark.parametrize(
    ("windows", "message"),
    [
        ([f"{n}:{n + 1}" for n in range(9)], "at most 8 windows, not 9"),
        (["0:20000", "50000:60001"], "at most 30000 cycles of waveform, not 30001"),
    ],
)
def test_windows_that_cannot_be_written_are_refused_before_anything_is_run(
    out, capsys, windows, message
):
    assert demo(out, *[word for window in windows for word in ("--window", window)]) == 1
    said = capsys.readouterr()
    assert message in said.err and "==>" not in said.out
    assert not out.exists()


@pytest.mark.parametrize("window", ["30000000:30000100", "418000:447999"])
def test_a_window_behind_the_runs_end_is_refused_with_where_that_is(guests, out, capsys, window):
    assert demo(out, *guests, "--window", window) == 1
    said = capsys.readouterr()
    assert re.search(rf"window {window} is not over at the run's end, cycle \d+", said.err)
    assert "ticks delivered" in said.out
    assert not (out / "wave").exists()


def test_a_file_in_the_place_of_the_results_folder_is_named(guests, out, capsys):
    out.write_text("")
    assert demo(out, *guests) == 1
    assert f"error: {out} is not a folder" in capsys.readouterr().err
