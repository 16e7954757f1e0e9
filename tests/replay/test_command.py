"""`amagic replay`: what it prints, what it marks, and its exit status."""

import errno
import io
import re
import sys
import textwrap
from pathlib import Path

import pytest

from amagic_sim.cli import main
from amagic_sim.model import ModelTarget
from amagic_sim.oracle.target import QemuTarget
from amagic_sim.replay import command
from amagic_sim.replay.command import TARGETS, replay
from amagic_sim.replay.operation import Access, Answer, Outputs
from amagic_sim.replay.script import parse

HERE = Path(__file__).parent


class Fake:
    """A target on which every read is ``value``, and every output ``level``."""

    def __init__(self, name: str, value: int = 0, level: int = 0, refuses=lambda config, ops: None):
        self.name, self.refusal = name, refuses
        self._value, self._outputs = value, Outputs(*[level] * 5)

    def run(self, config, operations):
        return [
            Answer(
                self._value & (1 << 8 * op.size) - 1
                if isinstance(op, Access) and op.value is None
                else None,
                (self._outputs,) * config.cpus,
            )
            for op in operations
        ]


def told(text: str, *targets: Fake, **more) -> list[str]:
    said: list[str] = []
    held = replay(parse(text), targets, said.append, **more)
    said.append("held" if held else "did not hold")
    return said


@pytest.fixture
def on(monkeypatch, tmp_path, capsys):
    """Runs the command on scripts' texts; what targets are called is given."""

    def run(*texts: str, **targets: Fake):
        monkeypatch.setattr(command, "load_target", lambda name: targets[name])
        files = []
        for number, text in enumerate(texts):
            files.append(tmp_path / f"{number}.gic")
            files[-1].write_text(text)
        status = main(["replay", *map(str, files), "--on", ",".join(targets)])
        out, err = capsys.readouterr()
        return status, out.replace(f"{tmp_path}/", ""), err.replace(f"{tmp_path}/", "")

    return run


# --- One target


def test_there_is_a_line_for_each_operation_that_reads_or_expects():
    text = (
        "config cpus=2 # two\n\nw GICC_PMR 1\nr  GICC_PMR  # a read\nr8 GICD+0x401\n"
        "r16 GICD+0x402\ncpu 1\nexpect nirq 1\nsettle\nirq 27 1\npulse 27\n"
        "print half  way\nr GICC_PMR"
    )
    assert told(text, Fake("rtl", 0x12345678, 1)) == [
        "4 r GICC_PMR -> 0x12345678",
        "5 r8 GICD+0x401 -> 0x78",
        "6 r16 GICD+0x402 -> 0x5678",
        "8 expect nirq 1 -> 1",
        "half  way",
        "13 r GICC_PMR -> 0x12345678",
        "12 operations, 1 checks, 0 mismatches",
        "held",
    ]


def test_a_mismatch_says_what_was_expected_and_what_there_is():
    text = "r GICC_IAR 27\nr8 GICD+0x400 0xff\nexpect nirq 1\nr GICC_IAR 0x300"
    assert told(text, Fake("rtl", 0x300, 0)) == [
        "1 r GICC_IAR 27 -> 0x00000300 MISMATCH expected 0x0000001b got 0x00000300",
        "2 r8 GICD+0x400 0xff -> 0x00 MISMATCH expected 0xff got 0x00",
        "3 expect nirq 1 -> 0 MISMATCH expected 1 got 0",
        "4 r GICC_IAR 0x300 -> 0x00000300",
        "4 operations, 4 checks, 3 mismatches",
        "did not hold",
    ]


def test_bits_outside_of_the_mask_are_not_compared():
    assert told("r GICC_IAR 0x3ff 0xf", Fake("rtl", 0x12F))[:1] == [
        "1 r GICC_IAR 0x3ff 0xf -> 0x0000012f"
    ]
    assert told("r GICC_IAR 0x3ff 0xf0", Fake("rtl", 0x12F))[:1] == [
        "1 r GICC_IAR 0x3ff 0xf0 -> 0x0000012f MISMATCH expected 0x000000f0 got 0x00000020"
    ]


def test_an_expectation_is_that_of_its_cpu():
    class OneLoud(Fake):
        def run(self, config, operations):
            return [Answer(None, (Outputs(), Outputs(nirq=1))) for _ in operations]

    text = "config cpus=2\nexpect nirq 0\ncpu 1\nexpect nirq 1\ncpu 0\nexpect nirq 0"
    assert told(text, OneLoud("rtl"))[-1] == "held"


def test_the_exit_status_is_0_when_every_expectation_held_and_1_when_one_did_not(on):
    assert on("r GICC_IAR 5", rtl=Fake("rtl", 5)) == (
        0,
        "1 r GICC_IAR 5 -> 0x00000005\n1 operations, 1 checks, 0 mismatches\n",
        "",
    )
    status, out, _ = on("r GICC_IAR 5", rtl=Fake("rtl", 6))
    assert status == 1 and "1 mismatches" in out


def test_several_files_are_run_one_after_another_and_one_mismatch_is_enough(on):
    status, out, _ = on("r GICC_IAR 5", "print b", rtl=Fake("rtl", 6))
    assert status == 1
    assert out.splitlines() == [
        "0.gic:",
        "1 r GICC_IAR 5 -> 0x00000006 MISMATCH expected 0x00000005 got 0x00000006",
        "1 operations, 1 checks, 1 mismatches",
        "1.gic:",
        "b",
        "1 operations, 0 checks, 0 mismatches",
    ]


# --- Several targets


def test_values_of_several_targets_stand_side_by_side():
    assert told("r GICC_IAR 5\nexpect nirq 0", Fake("rtl", 5), Fake("model", 5)) == [
        "1 r GICC_IAR 5 -> rtl 0x00000005 | model 0x00000005",
        "2 expect nirq 0 -> rtl 0 | model 0",
        "2 operations, 2 checks, 0 mismatches",
        "held",
    ]


def test_a_target_that_differs_is_marked_even_where_nothing_is_expected():
    targets = Fake("rtl", 5), Fake("model", 6), Fake("qemu", 5)
    unexplained = {"explain": lambda *_: lambda index: None}
    assert told("r GICC_IAR\nw GICC_PMR 1", *targets, **unexplained) == [
        "1 r GICC_IAR -> rtl 0x00000005 | model 0x00000006 DIFFERS | qemu 0x00000005",
        "2 operations, 1 checks, 1 mismatches",
        "did not hold",
    ]


def test_bits_that_differ_outside_of_the_mask_are_marked_as_well():
    said = told("r GICC_IAR 1 1", Fake("rtl", 5), Fake("model", 7))
    assert said[0] == "1 r GICC_IAR 1 1 -> rtl 0x00000005 | model 0x00000007 DIFFERS"
    assert said[-1] == "did not hold"


def test_expectations_are_checked_on_each_target():
    wrong = "0x00000006 MISMATCH expected 0x00000005 got 0x00000006"
    assert told("r GICC_IAR 5", Fake("rtl", 6), Fake("model", 6)) == [
        f"1 r GICC_IAR 5 -> rtl {wrong} | model {wrong}",
        "1 operations, 1 checks, 1 mismatches",
        "did not hold",
    ]


def test_a_difference_that_is_known_is_marked_with_its_entry_and_excused():
    def explain(script, right, oracle):
        def explained(index):
            is_known = (right[index].value, oracle[index].value) == (5, 6)
            return "hppir-cpuid" if is_known else None

        return explained

    script = "w GICC_PMR 0\nr GICC_HPPIR 5"
    shown = "rtl 0x00000005", "qemu 0x00000006 DIFFERS, known: hppir-cpuid"
    rtl, qemu = Fake("rtl", 5), Fake("qemu", 6)
    for order in (1, -1):
        assert told(script, *(rtl, qemu)[::order], explain=explain) == [
            f"2 r GICC_HPPIR 5 -> {' | '.join(shown[::order])}",
            "2 operations, 1 checks, 0 mismatches",
            "held",
        ]
    assert told(script, rtl, Fake("qemu", 7), explain=explain)[-1] == "did not hold"


def test_a_known_difference_excuses_no_other_target():
    targets = Fake("rtl", 4), Fake("model", 5), Fake("qemu", 6)
    said = told("r GICC_HPPIR 5", *targets, explain=lambda *_: lambda index: "entry")
    assert said == [
        "1 r GICC_HPPIR 5 -> rtl 0x00000004 MISMATCH expected 0x00000005 got 0x00000004"
        " | model 0x00000005 DIFFERS | qemu 0x00000006 DIFFERS, known: entry",
        "1 operations, 1 checks, 1 mismatches",
        "did not hold",
    ]


def test_qemu_alone_is_not_excused():
    def explain(*_):
        raise AssertionError("there is nothing to compare with")

    assert told("r GICC_HPPIR 5", Fake("qemu", 6), explain=explain)[-1] == "did not hold"


# --- What cannot be run


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("r GICC_IAR\nreed GICC_IAR", "0.gic:2: unknown operation 'reed'; allowed are config"),
        ("w GICD_CTRL 1", "0.gic:1: no register 'GICD_CTRL'; .*; did you mean GICD_CTLR"),
    ],
)
def test_a_bad_file_is_refused_before_anything_runs(on, text, said):
    status, out, err = on("print never", text.replace("0.gic", "1.gic"), rtl=None)
    assert (status, out) == (2, "")
    assert err.startswith("amagic: error: 1.gic:") and said.split(";")[0].partition(":")[2] in err


def test_what_a_target_cannot_honour_is_told_before_anything_runs(on):
    def no_security(config, operations):
        return "security=1" if config.security else None

    fakes = {"rtl": Fake("rtl", refuses=no_security), "model": Fake("model")}
    status, out, err = on("print never", "config security=1\nr GICC_PMR", **fakes)
    assert (status, out) == (2, "")
    assert err == "unsupported: security=1 (1.gic, on rtl)\n"


def test_a_line_that_a_target_cannot_honour_is_told_with_its_place(on):
    def no_25(config, operations):
        return next((f"irq {op.intid}" for op in operations if getattr(op, "intid", 0) == 25), None)

    status, out, err = on("r GICC_PMR\n\nirq  25 1 # ours", qemu=Fake("qemu", refuses=no_25))
    assert (status, out, err) == (2, "", "unsupported: irq 25 1 (0.gic:3, on qemu: irq 25)\n")


RACE = "config spis=32\nsettle\nrace 2\nirq 33 1\nr GICD_ISPENDR1\n"


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (ModelTarget(), "on model: race 2, whose outcome depends on time"),
        (Fake("qemu", refuses=QemuTarget().refusal), "on qemu: race"),
    ],
)
def test_a_race_that_has_no_one_outcome_there_is_refused(on, target, why):
    status, out, err = on(RACE, **{target.name: target})
    assert (status, out, err) == (2, "", f"unsupported: race 2 (0.gic:3, {why})\n")


def test_a_race_whose_order_makes_no_difference_runs_on_the_model(on):
    text = "config spis=32\nrace 2\nirq 33 1\nw GICC_PMR 8\nrace 0\nw GICC_PMR 0x10\nr GICC_PMR\n"
    assert on(text, model=ModelTarget())[:2] == (
        0,
        "7 r GICC_PMR -> 0x00000010\n7 operations, 0 checks, 0 mismatches\n",
    )


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path, capsys):
    assert main(["replay", str(tmp_path / "none.gic")]) == 2
    assert "none.gic: No such file or directory" in capsys.readouterr().err
    assert main(["replay", str(tmp_path)]) == 2
    assert "Is a directory" in capsys.readouterr().err
    (tmp_path / "a.gic").write_bytes(b"r GICC_IAR \xff")
    assert main(["replay", str(tmp_path / "a.gic")]) == 2
    assert "a.gic: not a text in UTF-8" in capsys.readouterr().err


def test_output_that_cannot_be_written_is_no_mismatch(tmp_path, monkeypatch, capsys):
    """Exit status 1 is for an expectation that did not hold."""
    (tmp_path / "a.gic").write_text("print \N{GREEK SMALL LETTER MU}s\n", encoding="utf-8")
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", ascii_only)
    assert main(["replay", str(tmp_path / "a.gic"), "--on", "model"]) == 0
    ascii_only.flush()
    assert ascii_only.buffer.getvalue().startswith(b"\\u03bcs\n")

    class Full(io.StringIO):
        def write(self, text):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Full())
    assert main(["replay", str(tmp_path / "a.gic"), "--on", "model"]) == 2
    assert "No space left on device" in capsys.readouterr().err


def test_an_unknown_target_is_refused_with_those_that_there_are(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["replay", "a.gic", "--on", "rtl,silicon"])
    assert ended.value.code == 2
    assert "no target 'silicon'; there are rtl, model, qemu" in capsys.readouterr().err


def test_a_target_that_is_not_installed_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(TARGETS, "qemu", ("amagic_sim.nowhere", "QemuTarget"))
    (tmp_path / "a.gic").write_text("print a")
    assert main(["replay", str(tmp_path / "a.gic"), "--on", "qemu"]) == 2
    assert "the target qemu cannot be used: No module named" in capsys.readouterr().err


# --- On the RTL


def test_the_formats_example_holds_on_the_rtl(capsys):
    assert main(["replay", str(HERE / "scenarios" / "level_still_high.gic")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "9 expect nirq 1 -> 1",
        "10 r GICC_IAR 27 -> 0x0000001b",
        "11 r GICD_ISACTIVER0 0x08000000 0x08000000 -> 0x08000000",
        "12 expect nirq 0 -> 0",
        "14 expect nirq 1 -> 1",
        "13 operations, 5 checks, 0 mismatches",
    ]


def test_the_readmes_script_gets_the_readmes_answer(tmp_path, capsys):
    section = (HERE.parents[1] / "README.md").read_text().split("## Ask it something")[1]
    blocks = re.findall(r"(?:^    .*\n)+", section.split("\n## ")[0], re.M)
    shown, asked, answer = (textwrap.dedent(block) for block in blocks[:3])
    assert shown == "make replay FILES=question.gic\n"
    (tmp_path / "question.gic").write_text(asked)
    assert main(["replay", str(tmp_path / "question.gic")]) == 0
    assert capsys.readouterr().out == answer
