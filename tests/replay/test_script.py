"""GIC scripts: what each line means, what is refused and how, and that writing inverts reading."""

import random

import pytest

from amagic_sim.replay.addresses import frames, is_timer_frame
from amagic_sim.replay.operation import (
    Access,
    Answer,
    Drive,
    Outputs,
    Pulse,
    Race,
    ScriptConfig,
    Settle,
)
from amagic_sim.replay.script import Expectation, ScriptError, parse, render


def operations(text: str) -> list:
    return parse(text).operations


def only(text: str):
    """The one line of a script that asks something."""
    (line,) = (line for line in parse(text).lines if line.operation is not None)
    return line


def refused(text: str) -> str:
    with pytest.raises(ScriptError) as caught:
        parse(text, "bug.gic")
    return str(caught.value)


# --- What lines mean


def test_a_script_without_config_has_the_defaults():
    script = parse("r GICD_CTLR\n")
    assert script.config == ScriptConfig(1, 64, 4, 5, 0, timer=False)


def test_config_sets_any_of_its_keys_in_any_order():
    script = parse("config lrs=64 security=1 spis=0 priority_bits=8 cpus=8")
    assert script.config == ScriptConfig(8, 0, 64, 8, 1)
    assert parse("config spis=988").config == ScriptConfig(spis=988)


def test_comments_and_empty_lines_are_no_operations_but_count_as_lines():
    script = parse("# a comment\n\n   \nsettle # why\n#settle\n")
    assert [(line.number, line.text) for line in script.lines] == [(4, "settle")]


def test_spaces_tabs_and_line_ends_of_windows_make_no_difference():
    assert operations("\tr   GICC_IAR\t27 \r\n") == operations("r GICC_IAR 27")


def test_numbers_are_decimal_or_hexadecimal():
    assert only("w GICC_PMR 240").operation == only("w GICC_PMR 0xF0").operation
    assert only("w GICC_PMR 010").operation.value == 10
    assert only(f"w GICC_PMR {'0' * 5000}7").operation.value == 7


def test_a_read_and_a_write_have_four_two_or_one_byte():
    for word, size in (("", 4), ("16", 2), ("8", 1)):
        assert only(f"w{word} GICD+0x420 7").operation == Access(0, "GICD", 0x420, size, 7)
        assert only(f"r{word} GICD+0x420").operation == Access(0, "GICD", 0x420, size)


def test_a_read_compares_all_bits_of_the_access_unless_there_is_a_mask():
    assert only("r GICC_IAR").expected is None
    assert only("r GICC_IAR 27").expected == Expectation(27, 0xFFFFFFFF)
    assert only("r16 GICC+0xc 27").expected == Expectation(27, 0xFFFF)
    assert only("r8 GICC+0xc 27 0xf").expected == Expectation(27, 0xF)


def test_accesses_and_expectations_act_as_the_current_cpu():
    script = parse("config cpus=3\nr GICC_IAR\ncpu 2\nr GICC_IAR\nexpect nirq 1\ncpu 0\nr GICC_RPR")
    cpus = [line.cpu for line in script.lines if line.operation is not None]
    assert cpus == [0, 2, 2, 0]
    assert [op.cpu for op in script.operations if isinstance(op, Access)] == [0, 2, 0]


def test_a_ppi_is_that_of_the_current_cpu_and_an_spi_is_nobodys():
    text = "config cpus=2\ncpu 1\nirq 27 1\npulse 16\nirq 32 0\npulse 95"
    assert operations(text) == [Drive(1, 27, 1), Pulse(1, 16), Drive(0, 32, 0), Pulse(0, 95)]


def test_accesses_are_secure_until_told_otherwise_where_there_are_two_states():
    text = "config security=1\nr GICC_PMR\nsecure 0\nr GICC_PMR\nsecure 1\nr GICC_PMR"
    assert [op.secure for op in operations(text)] == [1, 0, 1]
    assert only("r GICC_PMR").operation.secure == 0


def test_settle_waits_for_counts_or_until_everything_is_visible():
    assert operations("settle\nsettle 0\nsettle 0x10") == [Settle(None), Settle(0), Settle(16)]


@pytest.mark.parametrize("output", Outputs._fields)
def test_expect_looks_at_an_output_once_everything_has_settled(output):
    line = only(f"expect {output} 1")
    assert (line.operation, line.output) == (Settle(), output)
    assert line.expected == Expectation(1, 1)
    assert line.value(Answer(None, (Outputs(**{output: 1}),))) == 1
    assert line.value(Answer(None, (Outputs(),))) == 0


def test_print_keeps_its_text_as_it_is():
    (line,) = parse("print  two  words   # and no more").lines
    assert (line.said, line.operation) == ("two  words", None)


def test_a_timer_frame_asks_for_the_timer():
    assert not parse("r GICV+0x1000").config.timer
    script = parse("r GICD_CTLR\nr CNTBase0+0x28\nr CNTEL0Base1+0x2c")
    assert script.config.timer
    assert [op.frame for op in script.operations] == ["GICD", "CNTBase0", "CNTEL0Base1"]


def test_a_line_tells_its_value_when_it_reads_or_expects():
    script = parse("w GICC_PMR 1\nr GICC_PMR\nexpect nfiq 0\nsettle\nirq 27 1\nprint a")
    assert [line.text for line in script.lines if line.tells] == ["r GICC_PMR", "expect nfiq 0"]


def test_a_race_joins_the_two_operations_behind_it():
    text = "config cpus=2\nrace 3\nirq 27 1\ncpu 1\nr GICD_ISPENDR0 0 1\npulse 40\n"
    script = parse(f"{text}race 0\nw GICC_PMR 1\nr GICC_PMR")
    pmr = Access(1, "GICC", 4)
    assert script.operations == [
        Race(3, Drive(0, 27, 1), Access(1, "GICD", 0x200)),
        Pulse(0, 40),
        Race(0, pmr._replace(value=1), pmr),
    ]
    assert [place for _, place in script.places()] == [None, 0, 0, None, 0, 1, 2, 2, 2]
    asks = [line for line in script.lines if line.tells]
    assert [line.text for line in asks] == ["r GICD_ISPENDR0 0 1", "r GICC_PMR"]
    assert asks[0].value(Answer((None, 5), ())) == 5


# --- What is refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("read GICC_IAR", "unknown operation 'read'; allowed are config, cpu, secure, w, w8,"),
        ("expct nirq 1", "did you mean expect?"),
        ("R GICC_IAR", "unknown operation 'R'"),
        ("w GICC_PMR", "found 'w GICC_PMR', expected `w ADDR VALUE`"),
        ("w GICC_PMR 1 2", "expected `w ADDR VALUE`"),
        ("r GICC_PMR 1 2 3", "expected `r ADDR [EXPECT [MASK]]`"),
        ("irq 27", "found 'irq 27', expected `irq INTID LEVEL`"),
        ("pulse 27 1", "expected `pulse INTID`"),
        ("settle 1 2", "expected `settle [CYCLES]`"),
        ("print", "expected `print TEXT`"),
        ("config", "expected `config KEY=VALUE ...`"),
        ("cpu", "expected `cpu N`"),
        ("w GICC_PMR 0x100000000", "value of `w` '0x100000000': allowed are 0x0 to 0xffffffff"),
        ("w16 GICD+0x420 0x10000", "value of `w16` '0x10000': allowed are 0x0 to 0xffff"),
        ("w8 GICD+0x420 256", "value of `w8` '256': allowed are 0x0 to 0xff"),
        ("r8 GICD+0x420 0x100", "value of `r8` '0x100': allowed are 0x0 to 0xff"),
        ("r8 GICD+0x420 1 0x1ff", "mask of `r8` '0x1ff': allowed are 0x0 to 0xff"),
        ("w GICC_PMR -1", "value of `w` '-1': allowed are 0x0 to 0xffffffff, in decimal or 0x"),
        ("w GICC_PMR 1_0", "in decimal or 0x hexadecimal"),
        ("w GICC_PMR 0b1", "in decimal or 0x hexadecimal"),
        ("w GICC_PMR f0", "in decimal or 0x hexadecimal"),
        (f"w GICC_PMR {'9' * 5000}", "in decimal or 0x hexadecimal"),
        (f"w GICD+{'9' * 5000} 0", "in GICD: allowed are 0 to 0xfff"),
        ("irq 27 2", "level '2': allowed are 0 or 1"),
        ("irq 15 1", "INTID '15' of `irq`: with spis=64 allowed are 16 to 31 (PPIs) and 32 to 95"),
        ("pulse 96", "INTID '96' of `pulse`: with spis=64 allowed are"),
        ("config spis=0\nirq 32 1", "with spis=0 allowed are 16 to 31 (PPIs)"),
        ("irq x 1", "INTID 'x'"),
        ("cpu 1", "cpu '1': with cpus=1 there is CPU 0 alone"),
        ("config cpus=4\ncpu 4", "cpu '4': allowed are 0 to 3"),
        ("expect irq 1", "no output 'irq'; there are nirq, nfiq, nvirq, nvfiq, maint"),
        ("expect nirq 2", "level '2': allowed are 0 or 1"),
        ("settle -1", "cycles '-1': allowed are 0 to 4294967295"),
        ("settle 4294967296", "cycles '4294967296': allowed are 0 to 4294967295"),
        ("race", "expected `race GAP`"),
        ("race 256", "clock cycles of `race` '256': allowed are 0 to 255"),
        (
            "race 1\nsettle",
            "found 'settle' behind `race` (line 1), expected the two accesses, `irq`",
        ),
        ("race 1\nirq 27 1\nexpect nirq 1", "found 'expect nirq 1' behind `race`"),
        ("race 1\nirq 27 1\nrace 1", "found 'race 1' behind `race`"),
        ("race 1\nprint a", "found 'print a' behind `race`"),
        ("race 1\nirq 27 1\npulse 27", "both operations of the `race` (line 1) drive INTID 27"),
        ("secure 1", "`secure` is allowed with `config security=1` only"),
        ("config security=1\nsecure 2", "secure '2': allowed are 0 or 1"),
        ("config cpus=0", "cpus = '0': allowed are 1 to 8"),
        ("config cpus=9", "cpus = '9': allowed are 1 to 8"),
        ("config spis=989", "spis = '989': allowed are 0 to 988"),
        ("config lrs=0", "lrs = '0': allowed are 1 to 64"),
        ("config lrs=65", "lrs = '65': allowed are 1 to 64"),
        ("config priority_bits=3", "priority_bits = '3': allowed are 4 to 8"),
        ("config priority_bits=9", "priority_bits = '9': allowed are 4 to 8"),
        ("config security=2", "security = '2': allowed are 0 or 1"),
        ("config security=1 priority_bits=4", "priority_bits=4 with security=1: allowed are 5 to"),
        ("config cpus", "found 'cpus' in `config`, expected KEY=VALUE with one of the keys cpus,"),
        ("config spi=32", "did you mean spis?"),
        ("config cpus = 2", "one of the keys cpus, spis, lrs, priority_bits, security\n"),
        ("config cpus=", "cpus = '': allowed are 1 to 8"),
        ("config cpus=1 cpus=2", "cpus is set twice in `config`"),
        ("config cpus=1\nconfig spis=1", "a second `config`; the first is in line 1"),
        ("print a\nconfig cpus=1", "`config` behind another operation (line 1); it must be first"),
        ("w16 GICD+0x421 0", "an access of 2 bytes must be at a multiple of 2, and GICD+0x421"),
        ("r GICD+0x422", "an access of 4 bytes must be at a multiple of 4"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_with_what_is_allowed(text, said):
    message = refused(f"# {text!r}\n{text}".replace("(line 1)", "(line 2)"))
    said = said.replace("(line 1)", "(line 2)").replace("in line 1", "in line 2")
    assert message.startswith(f"bug.gic:{1 + len(text.splitlines())}: ")
    assert said in f"{message}\n"


@pytest.mark.parametrize("text", ["race 1", "race 1\nirq 27 1\ncpu 0"])
def test_a_race_that_the_file_ends_in_is_refused_at_its_line(text):
    message = refused(f"settle\n{text}\n# the end\n")
    assert message.startswith(
        "bug.gic:2: found the end of the file behind `race`, expected the two"
    )


# --- Writing


def random_operation(chance: random.Random, config: ScriptConfig):
    if chance.random() < 0.1:
        intid = 16 + chance.randrange(16)
        line = chance.choice((Drive(0, intid, 1), Pulse(0, intid)))
        return Race(chance.randrange(256), line, random_access(chance, config))
    cpu = chance.randrange(config.cpus)
    lines = range(16, 32 + config.spis)
    match chance.randrange(8):
        case 0:
            return Settle(chance.choice((None, 0, 1, 4294967295)))
        case 1 | 2:
            intid = chance.choice(lines)
            bank = cpu if intid < 32 else 0
            level = chance.randrange(2)
            return chance.choice((Drive(bank, intid, level), Pulse(bank, intid)))
    return random_access(chance, config)


def random_access(chance: random.Random, config: ScriptConfig) -> Access:
    cpu = chance.randrange(config.cpus)
    block = chance.choice([b for b in frames(config).values() if config.timer or b.address < 2**15])
    size = chance.choice((1, 2, 4, 4))
    offset = chance.randrange(0, block.frame.size, size)
    value = chance.choice((None, chance.getrandbits(8 * size)))
    secure = chance.randrange(2) if config.security else 0
    return Access(cpu, block.name, offset, size, value, secure)


@pytest.mark.parametrize("seed", range(30))
def test_what_is_written_reads_back_as_the_same(seed):
    chance = random.Random(seed)
    config = ScriptConfig(
        chance.choice((1, 2, 5, 8)),
        chance.choice((0, 1, 64, 988)),
        chance.choice((1, 4, 64)),
        chance.randrange(5, 9),
        chance.randrange(2),
        timer=bool(chance.randrange(2)),
    )
    asked = [random_operation(chance, config) for _ in range(200)]
    if config.timer:
        asked.append(Access(0, "CNTBase1", 0x2C, secure=config.security))
    script = parse(render(config, asked, comment=["one", "two"]))
    assert script.config == config
    assert script.operations == asked


def test_written_with_answers_a_script_expects_reads_and_changes_and_at_the_end_every_output():
    config = ScriptConfig(cpus=2, spis=32)
    quiet, loud = Outputs(), Outputs(nirq=1)
    text = render(
        config,
        [Access(1, "GICC", 0x4, 4, 0xF0), Drive(1, 27, 1), Access(0, "GICD", 0x41B, 1), Settle(3)],
        [
            Answer(None, (quiet, quiet)),
            Answer(None, (quiet, loud)),
            Answer(0x80, (quiet, loud)),
            Answer(None, (quiet, loud)),
        ],
        comment=["found by a test"],
    )
    head = [
        "# found by a test",
        "config cpus=2 spis=32 lrs=4 priority_bits=5 security=0",
        "cpu 1",
        "w GICC_PMR 0xf0",
        "irq 27 1",
        "expect nirq 1",
        "cpu 0",
        "r8 GICD+0x41b 0x80",
        "settle 3",
    ]
    names = Outputs._fields
    ends = [f"expect {name} 0" for name in names]
    ends += ["cpu 1", *(f"expect {name} {level}" for name, level in zip(names, loud, strict=True))]
    assert text.splitlines() == head + ends


def test_a_race_is_written_with_the_values_of_its_parts():
    race = Race(2, Access(1, "GICD", 0x204), Access(0, "GICC", 0x00C))
    answers = [Answer((1, 0x20), (Outputs(),) * 2)]
    lines = render(ScriptConfig(cpus=2), [race], answers).splitlines()
    assert lines[1:6] == ["race 2", "cpu 1", "r GICD_ISPENDR1 0x1", "cpu 0", "r GICC_IAR 0x20"]


def test_bits_that_a_mask_leaves_out_are_not_expected():
    reads = [Access(0, "GICC", 0x18), Access(0, "GICC", 0x18), Access(0, "GICD", 0x41B, 1)]
    answers = [Answer(value, (Outputs(),)) for value in (0x1403, 0x1403, 0x80)]
    text = render(ScriptConfig(), reads, answers, masks=[0xFFFFE3FF, 0, 0xFF])
    assert text.splitlines()[1:4] == [
        "r GICC_HPPIR 0x3 0xffffe3ff",
        "r GICC_HPPIR",
        "r8 GICD+0x41b 0x80",
    ]


def test_the_example_of_the_format_is_read():
    text = (
        "config cpus=1 spis=32 lrs=4\nw8 GICD+0x41b 0x80            # priority of PPI 27\n"
        "r GICD_ISACTIVER0 0x08000000 0x08000000\n"
    )
    script = parse(text)
    assert script.operations == [Access(0, "GICD", 0x41B, 1, 0x80), Access(0, "GICD", 0x300)]
    assert not any(is_timer_frame(op.frame) for op in script.operations)
