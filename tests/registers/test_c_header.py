"""The C header compiles without a warning, and says what the register source says."""

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from amagic import registers
from amagic.registers import FRAMES, GICH, Access, Field, Frame, Register
from amagic.registers.__main__ import main
from amagic.registers.c_header import render_c_header

WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-Wpedantic"]
RISCV = ["-target", "riscv32-freestanding-none", "-ffreestanding"]
RTL = Path(registers.__file__).parents[2]


def compile_c(tmp_path: Path, source: str, *options: str, name: str = "main.c") -> Path:
    """Compiles `source`, which includes "regs.h", and returns the output's path."""
    (tmp_path / name).write_text(source)
    output = tmp_path / f"{name}.out"
    command = [sys.executable, "-m", "ziglang", "cc", *options, "-I", ".", name, "-o", str(output)]
    # Zig would keep its cache in the user's home.
    env = os.environ | {"ZIG_GLOBAL_CACHE_DIR": str(tmp_path), "ZIG_LOCAL_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return output


@pytest.fixture
def header(tmp_path):
    text = render_c_header(FRAMES, {"GICD": 0xF000_1000, "GICH": 0xF000_4000})
    (tmp_path / "regs.h").write_text(text)
    return text


def names_of(frame: Frame, register: Register) -> str:
    name, prefix = register.name.upper(), frame.name.upper() + "_"
    return name if name.startswith(prefix) else prefix + name


def test_the_header_compiles_for_the_firmware_without_warnings(tmp_path, header):
    compile_c(tmp_path, '#include "regs.h"\n#include "regs.h"\n', *RISCV, *WARNINGS, "-c")


def test_an_assembler_source_may_include_the_header(tmp_path, header):
    source = '#include "regs.h"\n.word GICD_BASE + GICD_CTLR\n.word GICH_LR_AT(3)\n'
    output = compile_c(tmp_path, source, *RISCV, "-c", name="main.S")
    assert (0xF000_1000).to_bytes(4, "little") + (0x10C).to_bytes(
        4, "little"
    ) in output.read_bytes()


def test_offsets_masks_and_accessors_of_every_field_are_those_of_the_source(tmp_path, header):
    """Each fact is a branch to ``wrong_<n>`` that the optimizer removes if the fact is true."""
    checks = ["0 == 1"]  # not removed: the method can fail
    for frame in FRAMES:
        for register in frame:
            name = names_of(frame, register)
            checks.append(f"{name} == {register.offset:#x}")
            if register.count > 1:
                last = register.count - 1
                checks.append(f"{name}_COUNT == {register.count}")
                checks.append(f"{name}_AT({last}) == {register.at(last):#x}")
            for field in register.all_fields:
                macro, lower = f"{name}_{field.name}".upper(), name.lower()
                checks.append(f"{macro}_MASK == {field.mask:#x}")
                checks.append(f"{macro}_SHIFT == {field.lsb} && {macro}_WIDTH == {field.width}")
                word = random.Random(macro).getrandbits(32)
                value = ~field.get(word) & (field.mask >> field.lsb)
                get, put = f"{lower}_get_{field.name.lower()}", f"{lower}_set_{field.name.lower()}"
                checks.append(f"{get}({word:#x}u) == {field.get(word):#x}u")
                checks.append(f"{put}({word:#x}u, {value}u) == {field.set(word, value):#x}u")
    assert len(checks) > 500
    # A value too wide is cut: it must not reach another field.
    checks.append("gich_lr_set_state(0u, 0xffffffffu) == GICH_LR_STATE_MASK")
    checks.append("GICD_BASE == 0xf0001000u && GICH_SIZE == 0x1000")
    source = "\n".join(
        ['#include "regs.h"']
        + [f"void wrong_{n}(void);" for n in range(len(checks))]
        + ["void check(void);", "void check(void)", "{"]
        + [f"    if (!({check})) wrong_{n}();" for n, check in enumerate(checks)]
        + ["}", ""]
    )
    program = compile_c(tmp_path, source, *RISCV, *WARNINGS, "-O2", "-c").read_bytes()
    left = {int(n) for n in re.findall(rb"\0wrong_(\d+)", program)}
    assert {n: checks[n] for n in left} == {0: "0 == 1"}


def test_every_list_register_field_has_accessors(header):
    names = {field.name for field in GICH.LR.all_fields}
    assert names >= {"VirtualID", "PhysicalID", "CPUID", "EOI", "Priority", "State", "Grp1", "HW"}
    for name in names:
        assert f"uint32_t gich_lr_get_{name.lower()}(uint32_t word)" in header
        assert f"uint32_t gich_lr_set_{name.lower()}(uint32_t word, uint32_t value)" in header


def test_every_exported_frame_is_rendered(header):
    exported = {n for n in registers.__all__ if isinstance(getattr(registers, n), Frame)}
    assert {frame.name for frame in FRAMES} == exported
    for name in exported:
        assert f"#define {name.upper()}_SIZE " in header


def test_the_header_is_the_same_from_run_to_run(tmp_path):
    texts = set()
    for seed in ("1", "2"):
        output = tmp_path / f"{seed}.h"
        env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(RTL)}
        command = [sys.executable, "-m", "amagic.registers", "--header", str(output)]
        subprocess.run([*command, "--base", "GICD=0xf0001000"], env=env, check=True)
        texts.add(output.read_text())
    assert len(texts) == 1
    assert "#define GICD_BASE 0xf0001000\n" in texts.pop()


def test_a_register_without_its_frames_name_gets_it_in_front():
    frame = Frame("CNTBase", 0x1000, (Register("CNTFRQ", 0x10, Access.RO),), prefix="")
    assert "#define CNTBASE_CNTFRQ 0x0010\n" in render_c_header([frame])


def test_a_comment_cannot_be_left_from_within():
    register = Register("X_R", 0, Access.RW, (Field("F", 0, doc="a */ b\nc"),), doc="d */ e")
    text = render_c_header([Frame("X", 4, (register,))])
    comments = re.findall(r"/\*.*?\*/", text, re.DOTALL)
    assert any("a * / b c" in comment for comment in comments)
    assert any("d * / e" in comment for comment in comments)


def test_two_things_of_one_name_are_refused():
    frame = Frame("X", 8, (Register("X_R", 0, Access.RW), Register("X_r", 4, Access.RW)))
    with pytest.raises(ValueError, match="defined twice: X_R"):
        render_c_header([frame])


@pytest.mark.parametrize("name", ["GIC-D", "", "1GIC", "A B"])
def test_a_base_name_that_is_no_identifier_is_refused(name):
    with pytest.raises(ValueError, match="the name of a base address must be a C identifier"):
        render_c_header([], {name: 0})


@pytest.mark.parametrize("address", [-1, 1 << 32, True, "0x1000"])
def test_a_base_address_outside_of_32_bits_is_refused(address):
    with pytest.raises(ValueError, match="base address GICD must be in 0 to 0xffffffff"):
        render_c_header([], {"GICD": address})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--header"),
        (["--header", "-", "--base", "GICD"], "'GICD' is not NAME=ADDRESS"),
        (["--header", "-", "--base", "GICD=x"], "'GICD=x' is not NAME=ADDRESS"),
        (["--header", "-", "--base", "=1"], "'=1' is not NAME=ADDRESS"),
        (["--header", "-", "--base", "GICD=-1"], "must be in 0 to 0xffffffff, not -1"),
        (["--header", "no/such/folder/x.h"], "no/such/folder/x.h"),
    ],
)
def test_the_command_line_refuses_bad_input_with_what_is_wrong(arguments, message, capsys):
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2
    assert message in capsys.readouterr().err


def test_the_command_line_writes_to_standard_output(capsys):
    assert main(["--header", "-", "--base", "GICH=0x4000"]) == 0
    assert "#define GICH_BASE 0x00004000\n" in capsys.readouterr().out
