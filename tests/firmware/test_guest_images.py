"""Guests that are built, and guests that are refused, with the reason."""

import re
import struct
from pathlib import Path

import pytest

from amagic.soc.soc import SocConfig
from amagic_sim.build import build_root
from amagic_sim.firmware import FirmwareError, build_program, firmware_root
from amagic_sim.hypervisor_build import (
    GUEST_BASE,
    GUEST_SIZE,
    GuestSource,
    build_guest,
    build_hypervisor,
    check_image,
    demo_guests,
    guest_size,
    guest_vcpus,
    host_size,
)
from amagic_sim.judge import Judge
from amagic_sim.report import parse_report
from amagic_sim.soc_sim import run_soc
from amagic_sim.trace import read_trace
from amagic_sim.verdict import Verdict

TEMPLATE = firmware_root() / "guests" / "template.c"
GUEST1_WORD = (host_size(SocConfig()) + GUEST_SIZE) // 4
WORDS = (
    "magic",
    "version",
    "image_end",
    "ram_size",
    "entry",
    "handler",
    "mask",
    "unmask",
    "vcpus",
)


@pytest.fixture(scope="module")
def template() -> bytes:
    return build_guest(TEMPLATE)


def changed(image: bytes, word: str, value: int) -> bytes:
    """The image with one word of its header replaced."""
    at = 4 * WORDS.index(word)
    return image[:at] + struct.pack("<I", value) + image[at + 4 :]


def test_template_builds_and_is_accepted(template):
    check_image(template, GUEST_BASE, "template")


def test_guest_as_elf_gives_the_same_image_as_its_source(template, tmp_path):
    folder = firmware_root() / "guests"
    sources = [TEMPLATE, folder / "start.S", folder / "guest.c"]
    elf = build_program(
        "own-guest",
        [*sources, firmware_root() / "lib" / "string.c"],
        script=folder / "guest.ld",
        includes=[folder],
        defines={"GUEST_NAME": '"template"'},
        loaded=False,
    ).elf
    copy = tmp_path / "without_suffix"
    copy.write_bytes(elf.read_bytes())
    assert build_guest(copy) == template


REFUSED = {
    "no_header": ("magic", 0, r"no header: its first word is 0x00000000"),
    "older_version": ("version", 1, r"header is of version 1, not 2"),
    "no_cpu": ("vcpus", 0, r"vcpus must be in 1 to 2, not 0"),
    "too_many_cpus": ("vcpus", 3, r"vcpus must be in 1 to 2, not 3"),
    "no_memory": ("ram_size", 0, r"ram_size must be a multiple of 4096 in 4096 to 32768, not 0"),
    "half_a_page": ("ram_size", 6144, r"ram_size must be a multiple of 4096 .* not 6144"),
    "too_much_memory": ("ram_size", 0x9000, r"ram_size must be .* 4096 to 32768, not 36864"),
    "image_behind_memory": ("image_end", GUEST_BASE + 0x9000, r"image_end must be in 0x4000.*"),
    "image_end_within": ("image_end", GUEST_BASE + 64, r"image_end must be in 0x4000.*"),
    "entry_outside": ("entry", 0x8000_0000, r"entry must be .*: 0x80000000"),
    "entry_not_aligned": ("entry", GUEST_BASE + 66, r"entry must be a multiple of 4.*0x40000042"),
    "handler_outside": ("handler", 4, r"handler must be .*: 0x4"),
    "mask_point_outside": ("mask", 4, r"mask_point must be .*: 0x4"),
    "unmask_point_outside": ("unmask", 4, r"unmask_point must be .*: 0x4"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_image_with_a_bad_header_is_refused(template, case):
    word, value, reason = REFUSED[case]
    with pytest.raises(FirmwareError, match=f"the guest here is refused: .*{reason}"):
        check_image(changed(template, word, value), GUEST_BASE, "here")


def test_image_without_watched_instructions_is_accepted(template):
    for word in ("handler", "mask", "unmask"):
        template = changed(template, word, 0)
    check_image(template, GUEST_BASE, "here")


def test_image_that_is_too_big_is_refused(template):
    big = template.ljust(GUEST_SIZE + 1, b"\0")
    with pytest.raises(FirmwareError, match=r"has 32769 bytes, and a guest has 32768"):
        check_image(big, GUEST_BASE, "here")


def test_image_shorter_than_its_header_is_refused():
    with pytest.raises(FirmwareError, match=r"has 8 bytes, fewer than the header's 52"):
        check_image(b"AGST\2\0\0\0", GUEST_BASE, "here")


def test_image_linked_elsewhere_is_refused(template):
    with pytest.raises(FirmwareError, match=r"linked for 0x80000000, .* is at 0x40000000"):
        check_image(template, 0x8000_0000, "here")


def test_source_that_does_not_compile_is_an_error_with_the_compilers_words(tmp_path):
    source = tmp_path / "broken.c"
    source.write_text("void guest_main(void) { no_such_function(); }\n")
    with pytest.raises(FirmwareError, match=r"guest-broken failed(.|\n)*no_such_function"):
        build_guest(source)


def test_source_that_needs_too_much_memory_is_an_error(tmp_path):
    source = tmp_path / "huge.c"
    source.write_text(
        '#include "guest.h"\nstatic volatile char much[40000];\n'
        "void guest_interrupt(void) {}\nvoid guest_main(void) { much[39999] = 1; }\n"
    )
    with pytest.raises(FirmwareError, match=r"32 ?KiB|will not fit in region"):
        build_guest(source)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("missing.c", None, r"cannot read the guest .*missing\.c: No such file"),
        ("guest.py", "print()", r"guest\.py is neither a C source \(\.c\) nor an ELF file"),
        ("short.elf", "\x7fELF\1\1", r"short\.elf"),
    ],
)
def test_file_that_is_no_guest_is_refused(tmp_path, name, content, reason):
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="latin-1")
    with pytest.raises(FirmwareError, match=reason):
        build_guest(path)


def test_macros_for_an_elf_file_are_refused(tmp_path):
    path = tmp_path / "guest.elf"
    path.write_bytes(b"\x7fELF\1\1")
    with pytest.raises(FirmwareError, match="macros cannot change it"):
        build_guest(GuestSource(path, {"TICKS": 3}))


@pytest.mark.parametrize("ticks", [0, -1, 1_000_001])
def test_demo_guests_refuse_ticks_out_of_range(ticks):
    with pytest.raises(ValueError, match=f"ticks must be in 1 to 1000000, not {ticks}"):
        demo_guests(ticks)


@pytest.mark.parametrize("other", ["template", "demo"])
def test_template_runs_to_pass(other):
    few = GuestSource(TEMPLATE, {"TICKS": 4})
    program = build_hypervisor(few, few if other == "template" else demo_guests(4)[1])
    folder = build_root() / "run" / "hypervisor" / f"template-{other}"
    done = run_soc(program, folder, max_cycles=1_500_000)
    report = parse_report(done.uart_text)
    assert "0> hello from the template" in done.uart_text.splitlines()
    assert report.passed
    judge = Judge(2).run(read_trace(done.trace_path))
    assert Verdict.of(judge, [4, 4], dropped=report.dropped).reasons == ()


def test_host_refuses_a_bad_header_and_runs_the_other_guest(tmp_path):
    program = build_hypervisor(demo_guests(4)[0])
    lines = program.hex.read_text().splitlines()
    lines[GUEST1_WORD] = "00000000"
    damaged = Path(tmp_path / "damaged.hex")
    damaged.write_text("\n".join(lines) + "\n")
    done = run_soc(damaged, build_root() / "run" / "hypervisor" / "damaged", max_cycles=1_500_000)
    report = parse_report(done.uart_text)
    assert report.guests[1]["fault"] == "image"
    assert report.guests[1]["value"] == "0x00000000"
    assert report.guests[0]["state"] == "done"
    assert report.guests[0]["ticks"] == "4"
    assert not report.passed
    assert re.search(r"^FAIL$", done.uart_text, re.MULTILINE)


SMALL = SocConfig(memory_size=80 * 1024)


def test_each_guest_has_half_of_what_the_host_leaves():
    assert guest_size(SocConfig()) == GUEST_SIZE
    assert guest_size(SMALL) == 8 * 1024
    assert [host_size(config) for config in (SocConfig(), SMALL)] == [96 * 1024, 64 * 1024]
    big = GuestSource(TEMPLATE, {"TICKS": 4})
    assert build_guest(big, SMALL) == build_guest(big)
    with pytest.raises(FirmwareError, match="65536 bytes is too small for the hypervisor, which"):
        guest_size(SocConfig(memory_size=64 * 1024))


def test_guest_of_two_virtual_cpus_is_refused_when_it_is_built_for_a_smaller_memory():
    two = GuestSource(firmware_root() / "guests" / "pair.c", {"GUEST_VCPUS": 2})
    assert build_guest(two)
    reason = r"pair\.c is refused: vcpus must be 1 in this memory, not 2: .* more than 65536 bytes"
    with pytest.raises(FirmwareError, match=reason):
        build_guest(two, SMALL)
    with pytest.raises(FirmwareError, match=reason):
        build_hypervisor(None, two, config=SMALL)


@pytest.mark.parametrize("size", [80, 128, 132, 160])
def test_guest_can_have_as_many_virtual_cpus_as_the_host_has_room_for(size, tmp_path):
    config = SocConfig(memory_size=size * 1024)
    source = tmp_path / "as_the_host_has_it.c"
    source.write_text(
        '#include "hyp/vgic.h"\nvoid main(void) {}\n'
        f'_Static_assert(VGIC_CPUS == {guest_vcpus(config)}, "as the host has it");\n'
    )
    start = firmware_root() / "arch" / "riscv" / "start.S"
    host = {"HOST_RAM_SIZE": f"{host_size(config):#x}u"}
    build_program("vgic-cpus", [start, source], defines=host, config=config)


@pytest.mark.slow
def test_two_guests_run_in_a_smaller_memory():
    guests = [GuestSource(TEMPLATE, {"TICKS": 4}), demo_guests(4)[1]]
    program = build_hypervisor(*guests, config=SMALL)
    folder = build_root() / "run" / "hypervisor" / "small"
    done = run_soc(program, folder, max_cycles=1_500_000, config=SMALL)
    assert parse_report(done.uart_text).passed
