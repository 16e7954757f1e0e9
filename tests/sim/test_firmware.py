"""The firmware builder: what it makes, when it builds anew, and what it says of bad input."""

import struct

import pytest

from amagic.soc.memory_map import RAM_BASE, UART
from amagic.soc.soc import SocConfig
from amagic_sim import compiler, firmware
from amagic_sim.compiler import (
    AARCH64,
    RISCV32,
    FirmwareError,
    find_compiler,
    firmware_root,
    output_root,
)
from amagic_sim.firmware import (
    SOC_ID,
    build_program,
    lint,
    main,
    read_elf,
    soc_id,
)

MAIN = "int main(void) { return 0; }\n"


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "main.c"
    path.write_text(MAIN)
    return path


def start():
    return firmware_root() / "arch" / "riscv" / "start.S"


def build(source, name="builder_test", **options):
    return build_program(name, [start(), source], **options)


def test_a_program_is_an_elf_file_an_image_and_a_memory_file(source):
    program = build(source)
    image = program.image.read_bytes()
    words = program.hex.read_text().split()
    assert program.base == program.symbols["_start"] == RAM_BASE
    assert program.base < program.symbols["main"] < program.base + len(image)
    assert len(words) == SocConfig().memory_size // 4
    assert words[0] == f"{struct.unpack_from('<I', image)[0]:08x}"
    assert set(words[(len(image) + 3) // 4 :]) == {"00000000"}


def test_the_same_sources_give_the_same_program_without_a_compiler(source, monkeypatch):
    first = build(source)
    monkeypatch.setattr(firmware, "run_compiler", lambda *_: pytest.fail("the compiler was run"))
    assert build(source) == first


def test_a_change_of_source_macro_header_or_embedded_file_builds_anew(source, tmp_path):
    header, blob = tmp_path / "constant.h", tmp_path / "blob.bin"
    header.write_text("#define CONSTANT 1\n")
    blob.write_bytes(b"first")
    source.write_text('#include "constant.h"\nint value = CONSTANT + MACRO;\n' + MAIN)
    options = {"includes": [tmp_path], "defines": {"MACRO": 1}, "embedded": [blob]}
    seen = [build(source, **options).elf]
    header.write_text("#define CONSTANT 2\n")
    seen.append(build(source, **options).elf)
    blob.write_bytes(b"second")
    seen.append(build(source, **options).elf)
    seen.append(build(source, **options | {"defines": {"MACRO": 2}}).elf)
    source.write_text(source.read_text() + "\n")
    seen.append(build(source, **options).elf)
    assert len(set(seen)) == 5


def test_generated_sources_and_headers_are_part_of_the_program(source):
    source.write_text('#include "made.h"\nint main(void) { return made() + MADE; }\n')
    # It stands for itself: the whole program is optimized at once.
    function = "__attribute__((noinline)) int made(void) { return *(volatile int *)4; }"
    made = {
        "made.h": "#define MADE 1\nint made(void);\n",
        "made.c": f'#include "made.h"\n{function}\n',
    }
    assert "made" in build(source, generated=made).symbols


def test_the_generated_headers_give_registers_and_addresses(source):
    source.write_text(
        '#include "amagic_regs.h"\n#include "amagic_soc.h"\n'
        f'_Static_assert(UART_BASE == {UART.base:#x}, "");\n'
        '_Static_assert(GICH_LR_AT(2) == 0x108 && PROBE_MARK == 8, "");\n' + MAIN
    )
    build(source)


def test_an_error_of_the_compiler_is_shown_and_leaves_nothing_behind(source):
    source.write_text("int main(void) { return nowhere; }\n")
    before = set(output_root().glob("builder_broken-*/"))
    with pytest.raises(FirmwareError, match="building the firmware builder_broken(.|\n)*nowhere"):
        build(source, name="builder_broken")
    assert set(output_root().glob("builder_broken-*/")) == before


def test_a_warning_is_an_error(source):
    source.write_text("int main(void) { int unused; return 0; }\n")
    with pytest.raises(FirmwareError, match="unused variable"):
        build(source)
    with pytest.raises(FirmwareError, match="unused variable"):
        lint([source])
    assert main(["lint", str(source)]) == 1


def test_a_missing_source_is_named(tmp_path):
    with pytest.raises(FirmwareError, match=r"cannot read .*nowhere\.c: No such file"):
        build(tmp_path / "nowhere.c")


def test_a_program_that_does_not_fit_is_refused(source):
    source.write_text("volatile char big[200 * 1024] = {1};\nint main(void) { return big[7]; }\n")
    with pytest.raises(FirmwareError, match="will not fit|overflow"):
        build(source)
    source.write_text("volatile char big[20000] = {1};\nint main(void) { return big[7]; }\n")
    with pytest.raises(FirmwareError, match="outside of the memory's 0x40000000 to 0x40004000"):
        build(source, config=SocConfig(memory_size=0x4000))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a 32-bit little-endian ELF file"),
        (b"\x7fELF\x02\x01" + bytes(60), "is not a 32-bit little-endian ELF file"),
        (b"\x7fELF\x01\x01" + bytes(60), "has nothing to load"),
        (b"\x7fELF\x01\x01", "is cut short"),
    ],
)
def test_a_file_that_is_no_program_is_refused(tmp_path, content, message):
    path = tmp_path / "file.elf"
    path.write_bytes(content)
    with pytest.raises(FirmwareError, match=message):
        read_elf(path)


def test_a_compiler_that_cannot_be_run_is_named(monkeypatch):
    find_compiler.cache_clear()
    monkeypatch.setenv("AMAGIC_RISCV_CC", "/nowhere/gcc")
    with pytest.raises(FirmwareError, match="cannot run /nowhere/gcc"):
        find_compiler()
    find_compiler.cache_clear()


@pytest.mark.parametrize("core", [RISCV32, AARCH64])
def test_the_other_compiler_is_used_where_there_is_no_zig(core, monkeypatch):
    monkeypatch.setattr(compiler.util, "find_spec", lambda _: None)
    monkeypatch.setattr(compiler.shutil, "which", lambda _: None)
    find_compiler.cache_clear()
    message = f"no compiler for {core.name}: neither the Python package `ziglang` nor {core.gcc}"
    with pytest.raises(FirmwareError, match=message):
        find_compiler(core)
    find_compiler.cache_clear()


def test_a_program_carries_the_identity_of_its_soc(source):
    identities = {
        build(source, config=config).symbols[SOC_ID]
        for config in (
            None,
            SocConfig(),
            SocConfig(clock_hz=60_000_000),
            SocConfig(memory_size=81920),
            SocConfig(harts=2),
        )
    }
    assert identities == {
        soc_id(SocConfig()),
        soc_id(SocConfig(clock_hz=60_000_000)),
        soc_id(SocConfig(memory_size=81920)),
        soc_id(SocConfig(harts=2)),
    }
    assert len(identities) == 4
