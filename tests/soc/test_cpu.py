"""The core's edit: pinned, counted, and complete."""

import re
import sys

import pytest

from amagic.soc import cpu
from amagic.soc.cpu import CORE_EDITS, CORE_MODULE, Cpu, Edit, EditError, core_verilog


def test_every_replacement_is_in_the_edited_core():
    text = core_verilog()
    for edit in CORE_EDITS:
        assert edit.new in text
        assert edit.old not in text or edit.old in edit.new


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
@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
@pytest.mark.parametrize("vector", [2, -4, 1 << 32])
def test_a_reset_vector_that_is_no_word_address_is_refused(vector):
    with pytest.raises(ValueError, match="reset_vector must be a 32-bit multiple of 4, not"):
        Cpu(vector)
