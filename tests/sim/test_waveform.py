"""The view shows what the waveform holds."""

import pytest
from vcd import VCDWriter

from amagic_sim.waveform import GROUPS, ViewError, write_view


def waveform(path, without=()):
    with path.open("w") as file, VCDWriter(file) as writer:
        for group in GROUPS.values():
            for signal, _, _ in group:
                if signal not in without:
                    *scope, name = f"soc_wrapper.dut.{signal}".split(".")
                    writer.register_var(".".join(scope), name, "wire", 2)
    return path


def test_every_group_and_every_name_stands_in_the_view(tmp_path):
    view = write_view(waveform(tmp_path / "soc.vcd")).read_text()
    for name, group in GROUPS.items():
        assert f"-{name}" in view
        for signal, alias, _ in group:
            assert f"+{{{alias}}} soc_wrapper.dut.{signal}[1:0]" in view


def test_names_of_parts_of_expressions_are_no_obstacle(tmp_path):
    path = waveform(tmp_path / "soc.vcd")
    header, rest = path.read_text().split("$scope", 1)
    path.write_text(f"{header}$var wire 1 ~! $1 $end\n$scope{rest}")
    assert write_view(path).is_file()


def test_the_view_names_its_waveform_without_a_folder(tmp_path):
    assert '[dumpfile] "soc.vcd"' in write_view(waveform(tmp_path / "soc.vcd")).read_text()


def test_a_missing_signal_is_named_and_no_view_is_left(tmp_path):
    path = waveform(tmp_path / "soc.vcd", without=("gicv2.gicc0.irq",))
    with pytest.raises(ViewError, match="has no signal gicv2.gicc0.irq"):
        write_view(path)
    assert not path.with_suffix(".gtkw").exists()
