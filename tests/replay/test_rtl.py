"""The RTL as a target: complete operations, one after another, and time that stands in between."""

from dataclasses import replace

import pytest

from amagic_sim.build import build_root
from amagic_sim.replay.operation import (
    Access,
    Answer,
    Drive,
    Outputs,
    Pulse,
    ScriptConfig,
    Settle,
    TargetError,
)
from amagic_sim.replay.rtl import MAX_COUNTS, RtlTarget
from amagic_sim.replay.script import parse

ONE = ScriptConfig(spis=32)
TIMED = replace(ONE, timer=True)

ENABLE = """
w GICD_CTLR 1
w GICC_CTLR 1
w GICC_PMR 0xf8
"""


def answers(text: str) -> list[Answer]:
    script = parse(text)
    return RtlTarget().run(script.config, script.operations)


def values(text: str) -> list[int]:
    return [answer.value for answer in answers(text) if answer.value is not None]


def outputs(text: str, cpu: int = 0) -> Outputs:
    """The CPU's outputs at the end."""
    return answers(text)[-1].outputs[cpu]


def test_a_narrow_access_touches_its_bytes_alone():
    text = "config spis=32\nw GICD_IPRIORITYR8 0x88684828\nw8 GICD+0x421 0x18"
    text += "\nw16 GICD+0x422 0xb8a8"
    reads = "r GICD_IPRIORITYR8\nr8 GICD+0x420\nr8 GICD+0x421\nr16 GICD+0x422\nr8 GICD+0x423"
    assert values(f"{text}\n{reads}") == [0xB8A81828, 0x28, 0x18, 0xB8A8, 0xB8]


def test_only_reads_have_a_value():
    assert [a.value for a in answers("config spis=32\nw GICC_PMR 8\nsettle\nr GICC_PMR")] == [
        None,
        None,
        8,
    ]


def test_each_answer_has_the_outputs_of_every_cpu():
    text = f"config cpus=4 spis=224\ncpu 1{ENABLE}w GICD_ISENABLER0 0x10000\nirq 16 1\nirq 16 0"
    rose, fell = answers(text)[-2:]
    assert rose.outputs == (Outputs(), Outputs(nirq=1), Outputs(), Outputs())
    assert fell.outputs == (Outputs(),) * 4


def test_all_outputs_are_told():
    text = f"config spis=32{ENABLE}w GICC_CTLR 9\nw GICD_ISENABLER0 0x10000\nirq 16 1\n"
    assert outputs(text) == Outputs(nfiq=1)
    text = "config spis=32\nw GICH_HCR 3\nw GICV_CTLR 1\nw GICV_PMR 0xf8\nw GICH_LR0 0x10000020\n"
    assert outputs(text) == Outputs(nvirq=1, maint=1)
    assert outputs(f"{text}w GICV_CTLR 9") == Outputs(nvfiq=1, maint=1)


def test_a_pulse_is_an_edge_and_leaves_nothing_on_a_level_sensitive_line():
    text = "config spis=32\nw GICD_ICFGR2 2\npulse 32\npulse 33\nr GICD_ISPENDR1\npulse 16\n"
    assert values(f"{text}r GICD_ISPENDR0\nr GICD_SPISR0\nr GICD_PPISR") == [1, 0, 0, 0]


def test_a_pulse_of_a_high_line_leaves_it_low():
    assert values("config spis=32\nirq 40 1\npulse 40\nr GICD_SPISR0") == [0]


def test_the_first_and_the_last_line_of_each_kind_are_driven():
    text = "config cpus=4 spis=224\nirq 32 1\nirq 255 1\nr GICD_SPISR0\nr GICD_SPISR6\n"
    assert values(f"{text}cpu 3\nirq 16 1\nirq 31 1\nr GICD_PPISR\ncpu 0\nr GICD_PPISR") == [
        1,
        1 << 31,
        0x8001,
        0,
    ]


def test_a_line_that_the_design_drives_as_well_is_the_or_of_both():
    underflow = "w GICH_HCR 3\n"
    maintenance = 1 << 25 - 16
    for ours, own in ((0, 0), (0, 1), (1, 0), (1, 1)):
        text = f"config spis=32\nirq 25 {ours}\n{underflow * own}r GICD_PPISR"
        assert values(text) == [maintenance * (ours | own)]


def test_the_system_counter_advances_in_settle_alone_and_by_just_so_much():
    text = (
        "config cpus=2 spis=32\nw CNTCR 1\nr CNTReadBase+0\nsettle 1\nr CNTReadBase+0\n"
        "w GICC_PMR 1\nsettle\nirq 16 1\nr CNTReadBase+0\nsettle 0\nr CNTReadBase+0\nsettle 1000\n"
    )
    assert values(f"{text}r CNTReadBase+0\nr CNTBase1+0") == [0, 1, 1, 1, 1001, 1001]


def test_the_timers_reach_their_ppis_at_the_count_of_their_compare_value():
    text = (
        f"config cpus=2 spis=32\nw CNTCR 1\ncpu 1{ENABLE}w GICD_ISENABLER0 0x48000000\n"
        "w CNTBase2+0x30 100\nw CNTBase2+0x3c 1\nw CNTBase3+0x20 101\nw CNTBase3+0x2c 1\n"
    )
    assert outputs(f"{text}settle 99", cpu=1) == Outputs()
    at_100 = answers(f"{text}settle 99\nsettle 1\nr GICD_PPISR")
    assert at_100[-1] == (1 << 27 - 16, (Outputs(), Outputs(nirq=1)))
    assert answers(f"{text}settle 101\nr GICD_PPISR")[-1].value == 1 << 27 - 16 | 1 << 30 - 16


def test_nothing_changes_once_an_operation_is_over():
    busy = (
        f"config cpus=2 spis=32{ENABLE}w GICD_ISENABLER1 0xffffffff\nirq 32 1\nirq 63 1\n"
        "r GICC_IAR\nw GICH_HCR 7\nw GICV_CTLR 1\nw GICV_PMR 0xf8\nw GICH_LR0 0x90008020\n"
        "w GICH_LR3 0x10000021\nr GICV_IAR\nw GICV_EOIR 32\nw GICC_EOIR 32\nw GICD_CTLR 0\n"
        "w GICD_CTLR 1\nr CNTCR\n"
    )
    script = parse(busy)
    waited = [each for op in script.operations for each in (op, Settle(300))]
    told = RtlTarget().run(script.config, waited)
    assert [answer.outputs for answer in told[::2]] == [answer.outputs for answer in told[1::2]]
    assert told[::2] == RtlTarget().run(script.config, script.operations)


EDGE = "config spis=32\nw GICD_ICFGR2 2\n"


@pytest.mark.parametrize(
    ("race", "seen"),
    [("irq 32 1\nr GICD_SPISR0", (None, 1)), ("r GICD_SPISR0\nirq 32 1", (0, None))],
)
def test_in_a_race_the_second_begins_so_many_cycles_later(race, seen):
    both, after = answers(f"{EDGE}race 12\n{race}\nr GICD_ISPENDR1")[1:]
    assert (both.value, after.value) == (seen, 1)


def test_every_cycle_between_a_line_and_an_access_can_be_tried():
    told = [answers(f"{EDGE}race {gap}\nirq 32 1\nr GICD_SPISR0")[1].value for gap in range(6)]
    told += [answers(f"{EDGE}race {gap}\nr GICD_SPISR0\nirq 32 1")[1].value for gap in range(6)]
    assert {value for pair in told for value in pair} == {None, 0, 1}
    lines, accesses = told[:6], told[6:]
    assert lines == sorted(lines, key=lambda pair: pair[1])
    assert accesses == sorted(accesses, key=lambda pair: -pair[0])
    assert lines[0] == accesses[0][::-1]


def test_the_outputs_of_a_race_are_those_once_it_has_settled():
    text = f"config spis=32{ENABLE}w GICD_ISENABLER0 0x10000\nrace 0\nirq 16 1\nr GICC_PMR\n"
    assert answers(text)[-1] == Answer((None, 0xF8), (Outputs(nirq=1),))


def test_accesses_of_a_race_follow_one_another_on_the_bus():
    text = "config spis=32\nrace 0\nw GICC_PMR 8\nr GICC_PMR\nrace 3\nr GICC_PMR\nw GICC_PMR 16"
    assert [each.value for each in answers(f"{text}\nr GICC_PMR")] == [(None, 8), (8, None), 16]


def test_two_lines_of_a_race_change_and_a_pulse_ends_by_itself():
    text = f"{EDGE}race 0\npulse 32\npulse 33\nrace 1\nirq 34 1\nirq 35 1\nr GICD_ISPENDR1"
    assert values(f"{text}\nr GICD_SPISR0")[-2:] == [0b1101, 0b1100]


def test_a_run_begins_with_reset():
    target = RtlTarget()
    first = target.run(ONE, [Access(0, "GICC", 4), Access(0, "GICC", 4, 4, 8)])
    assert first[0] == target.run(ONE, [Access(0, "GICC", 4)])[0] == Answer(0, (Outputs(),))


def test_no_operations_have_no_answers():
    assert RtlTarget().run(ONE, []) == []


def test_what_the_rtl_cannot_honour_is_named():
    target = RtlTarget()
    long = [Settle(MAX_COUNTS), Settle(MAX_COUNTS + 1)]
    assert target.refusal(TIMED, long[:1]) is None
    assert target.refusal(TIMED, long) == f"settle {MAX_COUNTS + 1}"
    # Without a timer nothing counts, and no time passes.
    assert target.refusal(ONE, long) is None
    assert target.run(ONE, [Settle(0xFFFFFFFF)]) == [Answer(None, (Outputs(),))]
    assert target.refusal(replace(ONE, cpus=2), [Drive(1, 25, 1), Pulse(0, 32)]) is None


def test_the_first_run_of_a_configuration_says_that_it_is_compiled(tmp_path, monkeypatch):
    RtlTarget().run(ONE, [])
    # Verilator's runtime is there; the Verilog and the simulator are not.
    (tmp_path / "sim").mkdir()
    for runtime in (build_root() / "sim").glob("runtime-*"):
        (tmp_path / "sim" / runtime.name).symlink_to(runtime)
    monkeypatch.setenv("AMAGIC_BUILD", str(tmp_path))
    said = []
    for _ in range(2):
        RtlTarget(say=said.append).run(ONE, [])
    compiled = "compiling the RTL with cpus=1 spis=32 lrs=4 priority_bits=5 (kept for later runs)"
    assert said == [compiled]


def test_other_verilog_can_take_the_place_of_the_shipped_one():
    with pytest.raises(TargetError, match="operation 0: the access is not answered"):
        RtlTarget(verilog=lambda *_: SILENT).run(ONE, [Access(0, "GICC", 4)])


SILENT = """
module gic_ip(input clk, input rst, input wb_cyc_i, input wb_stb_i, input wb_we_i,
              input [12:0] wb_adr_i, input [3:0] wb_sel_i, input [31:0] wb_dat_i,
              input [2:0] wb_cpu_i, input wb_secure_i, input [31:0] spi, input [15:0] ppi_0,
              output reg [31:0] wb_dat_o, output reg wb_ack_o,
              output irq, output fiq, output virq, output vfiq, output maintenance);
endmodule
"""
