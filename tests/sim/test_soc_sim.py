"""Runs of the whole SoC: what they leave behind, and what they say when something is wrong."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from amagic.soc.memory_map import RAM_BASE
from amagic.soc.soc import SocConfig
from amagic_sim.firmware import build_program, firmware_root
from amagic_sim.soc_sim import MAX_WINDOWS, SocError, build_soc, run_soc, with_words
from amagic_sim.trace import EventKind, Mark, read_trace

TESTS = Path(__file__).resolve().parents[1] / "firmware"

MARKS = """
#include "test.h"
int main(void)
{
    counter_on();
    for (uint32_t n = 0; n < 5; n++)
        REG(PROBE_BASE + PROBE_MARK) = 0x40000000 | n;
    while (now() < 6000)
        ;
    print("done\\n");
    end();
}
"""


@pytest.fixture(scope="module")
def marks():
    support = TESTS / "support"
    sources = [firmware_root() / "arch/riscv/start.S", support / "trap.S", support / "test.c"]
    return build_program("marks", sources, includes=[support], generated={"marks.c": MARKS})


def test_a_run_gives_the_trace_the_serial_output_and_the_cycles(marks, tmp_path):
    run = run_soc(marks, tmp_path, max_cycles=100_000)
    events = list(read_trace(run.trace_path))
    assert [e.world for e in events if e.kind is EventKind.MARK and e.mark is Mark.NOTE] == [
        0, 1, 2, 3, 4,
    ]  # fmt: skip
    assert events[-1].mark is Mark.END
    assert run.uart_text == "done\n"
    assert run.finished and 6000 < events[-1].time < run.cycles < 100_000
    assert run.vcd_path is None


def test_a_run_repeats_itself_cycle_by_cycle(marks, tmp_path):
    one = run_soc(marks, tmp_path / "one", max_cycles=100_000)
    two = run_soc(marks, tmp_path / "two", max_cycles=100_000)
    assert one.trace_path.read_bytes() == two.trace_path.read_bytes()
    assert one.cycles == two.cycles


def test_a_waveform_has_the_chosen_spans_and_the_run_is_the_same(marks, tmp_path):
    windows = [(1000, 1100), (4000, 4050)]
    plain = run_soc(marks, tmp_path / "plain", max_cycles=100_000)
    run = run_soc(marks, tmp_path / "waves", max_cycles=100_000, windows=windows)
    assert run.trace_path.read_bytes() == plain.trace_path.read_bytes()
    text = run.vcd_path.read_text()
    code = re.search(r"\$var wire 64 (\S+) count \[63:0\] \$end", text)[1]
    counts = [int(v, 2) for v in re.findall(rf"^b([01]+) {re.escape(code)}$", text, re.MULTILINE)]
    assert {n for n in counts if n < 2000} >= set(range(1002, 1100))
    assert {n for n in counts if n > 2000} >= set(range(4002, 4050))
    assert all(998 <= n <= 1104 or 3998 <= n <= 4054 for n in counts)


def test_a_run_is_cut_short_by_the_system_counter_with_all_that_came_before(marks, tmp_path):
    plain = run_soc(marks, tmp_path / "plain", max_cycles=100_000)
    whole = plain.trace_path.read_text().splitlines()
    run = run_soc(marks, tmp_path / "cut", max_cycles=100_000, until=1500, windows=[(1000, 1100)])
    cut = run.trace_path.read_text().splitlines()
    assert not run.finished and run.cycles < plain.cycles
    assert cut == whole[: len(cut)] and int(whole[len(cut)].split()[0]) >= 1490
    assert f"b{1050:064b} " in run.vcd_path.read_text()


def test_a_window_that_the_run_does_not_come_to_the_end_of_is_an_error(marks, tmp_path):
    with pytest.raises(SocError, match="before the end of the window 1000:99999999"):
        run_soc(marks, tmp_path, max_cycles=100_000, windows=[(1000, 99_999_999)])


def test_progress_is_told(marks, tmp_path, monkeypatch):
    monkeypatch.setattr("amagic_sim.soc_sim._PROGRESS_SECONDS", 0.01)
    told = []
    forever = build_program(
        "forever",
        [firmware_root() / "arch/riscv/start.S"],
        generated={"forever.c": "int main(void) { for (;;) ; }\n"},
    )
    limit = 2_000_000
    run = run_soc(forever, tmp_path, max_cycles=limit, must_finish=False, progress=told.append)
    assert not run.finished and run.cycles >= limit
    assert told and told == sorted(told) and all(0 < cycles <= limit for cycles in told)


def test_an_interrupt_from_the_keyboard_ends_the_run_and_its_simulator(tmp_path):
    build_soc()
    script = (
        "from pathlib import Path; from amagic_sim.soc_sim import run_soc; import sys; "
        "run_soc(Path(sys.argv[1]), Path(sys.argv[2]), max_cycles=10**9)"
    )
    image = tmp_path / "forever.hex"
    image.write_text("0000006f\n" * (SocConfig().memory_size // 4))  # each jumps to itself
    out = tmp_path / "out"
    command = [sys.executable, "-c", script, str(image), str(out)]
    with subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE) as process:
        for _ in range(1200):
            if (out / "progress.json").is_file() or process.poll() is not None:
                break
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=30)[1].decode()
    assert process.returncode != 0 and "KeyboardInterrupt" in said, said
    with pytest.raises(ProcessLookupError):  # nobody is left in its group
        os.killpg(process.pid, 0)


def test_words_of_the_memory_are_replaced_by_their_addresses():
    assert with_words("00000001\n00000002\n", {RAM_BASE + 4: 0xABC}) == "00000001\n00000abc\n"


@pytest.mark.parametrize("address", [RAM_BASE - 4, RAM_BASE + 1, RAM_BASE + 8])
def test_a_word_that_the_memory_does_not_have_is_refused(address):
    with pytest.raises(ValueError, match=f"there is no word of the memory at {address:#x}"):
        with_words("00000001\n00000002\n", {address: 0})


def test_a_missing_firmware_file_is_named(tmp_path):
    with pytest.raises(SocError, match=r"there is no firmware .*nowhere\.hex"):
        run_soc(tmp_path / "nowhere.hex", tmp_path, max_cycles=1000)


def test_a_limit_below_one_cycle_is_refused(marks, tmp_path):
    with pytest.raises(ValueError, match="max_cycles must be at least 1, not 0"):
        run_soc(marks, tmp_path, max_cycles=0)


@pytest.mark.parametrize("window", [(5, 5), (6, 5), (-1, 5)])
def test_a_window_that_does_not_end_after_its_start_is_refused(marks, tmp_path, window):
    with pytest.raises(ValueError, match="a window must be START:END with 0 <= START < END, not"):
        run_soc(marks, tmp_path, max_cycles=1000, windows=[window])


def test_more_windows_than_there_can_be_are_refused(marks, tmp_path):
    windows = [(10 * n, 10 * n + 5) for n in range(MAX_WINDOWS + 1)]
    with pytest.raises(ValueError, match="at most 8 windows, not 9"):
        run_soc(marks, tmp_path, max_cycles=1000, windows=windows)
