"""The core's edit: pinned, counted, and complete."""

import re
import sys

import pytest

from amagic.soc import cpu
from amagic.soc.cpu import (
    CORE_EDITS,
    CORE_MODULE,
    HART_EDITS,
    Cpu,
    Edit,
    EditError,
    core_edits,
    core_verilog,
)


@pytest.mark.parametrize("harts", [1, 2])
def test_every_replacement_is_in_the_edited_core(harts):
    text = core_verilog(core_edits(harts))
    for edit in core_edits(harts):
        assert edit.new in text
        assert edit.old not in text or edit.old in edit.new


def test_only_one_of_several_cores_is_told_its_hart_id():
    assert core_edits(1) == CORE_EDITS
    assert core_edits(2) == CORE_EDITS + HART_EDITS
    assert "hartId" not in core_verilog()


def test_the_edited_cores_modules_have_names_of_their_own():
    names = re.findall(r"^module (\w+)", core_verilog(), re.MULTILINE)
    assert names == [CORE_MODULE, f"{CORE_MODULE}_dcache", f"{CORE_MODULE}_icache"]


def test_mprv_is_assigned_nothing_but_zero():
    values = re.findall(r"MmuPlugin_status_mprv <= ([^;]+);", core_verilog())
    assert values == ["1'b0"] * 3  # reset, mstatus, sstatus


def test_another_file_than_the_pinned_one_is_refused(monkeypatch):
    monkeypatch.setattr(cpu, "CORE_SHA256", "0" * 64)
    with pytest.raises(EditError, match=r"has SHA-256 59aba4e7\w+, not the pinned 0000"):
        core_verilog()


def test_a_package_without_the_file_is_refused(monkeypatch):
    monkeypatch.setattr(cpu, "CORE_FILE", "VexRiscv_Nowhere.v")
    with pytest.raises(EditError, match=r"has no VexRiscv_Nowhere\.v"):
        core_verilog()


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pythondata_cpu_vexriscv", None)
    with pytest.raises(EditError, match="pythondata-cpu-vexriscv is not installed"):
        core_verilog()


@pytest.mark.parametrize("text", ["", "abc abc"])
def test_a_replacement_that_does_not_match_as_often_as_it_should_is_refused(text):
    with pytest.raises(EditError, match=rf"'here' .* 1 times, and finds it {len(text) // 3} times"):
        Edit("here", "abc", "x").apply(text)


@pytest.mark.usefixtures("unused_components")
@pytest.mark.parametrize("vector", [2, -4, 1 << 32])
def test_a_reset_vector_that_is_no_word_address_is_refused(vector):
    with pytest.raises(ValueError, match="reset_vector must be a 32-bit multiple of 4, not"):
        Cpu(vector)


@pytest.mark.usefixtures("unused_components")
@pytest.mark.parametrize(
    ("hart", "harts", "message"),
    [
        (0, 0, "harts must be an integer in 1 to 8, not 0"),
        (0, 9, "harts must be an integer in 1 to 8, not 9"),
        (-1, 2, "hart must be an integer in 0 to 1, not -1"),
        (2, 2, "hart must be an integer in 0 to 1, not 2"),
    ],
)
def test_a_hart_id_out_of_range_is_refused(hart, harts, message):
    with pytest.raises(ValueError, match=message):
        Cpu(0x4000_0000, hart, harts)
