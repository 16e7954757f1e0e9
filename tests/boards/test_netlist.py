"""The checks of a netlist, on small designs that Yosys really synthesizes and on made-up ones."""

import io
import json

import pytest

from amagic_boards.build import synthesis_script, synthesize
from amagic_boards.crossings import crossing_table, find_crossings
from amagic_boards.netlist import (
    NetlistError,
    check_latches,
    check_problems,
    check_structure,
    parse_netlist,
)
from amagic_boards.toolchain import Progress, StepError


def make(cells, ports=None, names=None):
    """A netlist of cells as (name, kind, inputs, outputs, parameters); a net is a number."""
    raw = {
        "ports": {name: {"bits": [net]} for name, net in (ports or {}).items()},
        "cells": {
            name: {
                "type": kind,
                "parameters": parameters,
                "port_directions": dict.fromkeys(inputs, "input")
                | dict.fromkeys(outputs, "output"),
                "connections": {port: [net] for port, net in {**inputs, **outputs}.items()},
            }
            for name, kind, inputs, outputs, parameters in cells
        },
        "netnames": {name: {"bits": [net]} for name, net in (names or {}).items()},
    }
    return parse_netlist(json.dumps({"modules": {"top": raw}}), "top")


def ff(name, data, q, clock=1, **more):
    reset = {"LSR": more["lsr"]} if "lsr" in more else {}
    mode = {"SRMODE": more.get("mode", "LSR_OVER_CE")}
    return (name, "TRELLIS_FF", {"CLK": clock, "DI": data, **reset}, {"Q": q}, mode)


def pad(name, pin, net):
    return (name, "TRELLIS_IO", {"B": pin}, {"O": net}, {"DIR": "INPUT"})


def lut(name, output, **inputs):
    return (name, "LUT4", inputs, {"Z": output}, {})


SYNTHESIZED = {
    "fine": "module fine(input clk, a, output reg y); reg b; always @(posedge clk) begin b <= a;"
    " y <= b; end endmodule",
    "latch": "module latch(input g, d, output reg q); always @* if (g) q = d; endmodule",
    "hidden_latch": "module hidden_latch(input g, d, output q);"
    " $_DLATCH_P_ l(.E(g), .D(d), .Q(q)); endmodule",
    "loop": "module loop(input a, output y); wire x; assign x = ~(y & a); assign y = ~(x | a);"
    " endmodule",
    "drivers": "module drivers(input clk, a, b, output reg y); always @(posedge clk) y <= a;"
    " always @(posedge clk) y <= b; endmodule",
    "unsynchronized": "module unsynchronized(input clk, a, b, output reg y);"
    " always @(posedge clk) y <= a & b; endmodule",
}


def synthesized(name, folder):
    (folder / f"{name}.v").write_text(SYNTHESIZED[name])
    (folder / f"{name}.ys").write_text(synthesis_script([f"read_verilog -icells {name}.v"], name))
    return synthesize(folder, name, Progress(io.StringIO()))


def test_a_synthesized_design_without_fault_passes_and_its_crossing_is_listed(tmp_path):
    netlist = synthesized("fine", tmp_path)
    assert [cell.kind for cell in netlist.cells.values()].count("TRELLIS_FF") == 2
    listed = (tmp_path / "crossings.txt").read_text().splitlines()
    assert len(listed) == 2
    assert listed[1].startswith("pin a")
    assert "synchronizer" in listed[1]


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("latch", StepError, r"Latch inferred for signal `\\latch.\\q'[\s\S]*"),
        ("hidden_latch", NetlistError, r"the design has 1 latches:\n +hidden_latch/l"),
        ("loop", NetlistError, r"1 problems:\n.*found logic loop in module loop"),
        ("drivers", NetlistError, r"1 problems:\n.*multiple conflicting drivers for drivers\.\\y"),
        ("unsynchronized", NetlistError, r"pin [ab] enters y_.*without a synchronizer"),
    ],
)
def test_a_synthesized_design_with_a_fault_is_refused_with_its_place(tmp_path, name, error, said):
    with pytest.raises(error, match=said):
        synthesized(name, tmp_path)


def test_a_mapped_net_with_two_drivers_is_refused():
    netlist = make([lut("one", 9, A=2), lut("two", 9, A=3)], names={"shared": 9})
    with pytest.raises(NetlistError, match=r"shared has 2 drivers, .*: one\.Z, two\.Z"):
        check_structure(netlist)


def test_a_mapped_loop_is_refused_however_long():
    cells = [lut(f"l{n}", n + 1, A=n) for n in range(1, 3000)]
    check_structure(make(cells))
    with pytest.raises(NetlistError, match="loop through 3000 nets"):
        check_structure(make([*cells, lut("back", 1, A=3000)]))


def test_a_flip_flop_or_a_written_ram_ends_a_loop():
    check_structure(make([lut("l", 2, A=3), ff("f", 2, 3)]))
    ram = ("r", "TRELLIS_DPR16X4", {"DI": 2, "WCK": 1, "RAD": 5}, {"DO": 3}, {})
    check_structure(make([lut("l", 2, A=3), ram]))
    read = ("r", "TRELLIS_DPR16X4", {"DI": 5, "WCK": 1, "RAD": 2}, {"DO": 3}, {})
    with pytest.raises(NetlistError, match="loop"):
        check_structure(make([lut("l", 2, A=3), read]))


def test_the_low_bit_of_a_carry_cell_does_not_follow_the_high_bits_inputs():
    def carry(**inputs):
        return ("c", "CCU2C", inputs, {"S0": 3, "S1": 4, "COUT": 5}, {})

    check_structure(make([lut("l", 2, A=3), carry(A1=2)]))
    with pytest.raises(NetlistError, match="loop"):
        check_structure(make([lut("l", 2, A=3), carry(A0=2)]))


def test_what_is_no_result_is_no_pass():
    with pytest.raises(NetlistError, match="has no result"):
        check_problems("Executing CHECK pass.\n")
    check_problems("Checking module x...\nFound and reported 0 problems.\n")
    check_latches("")
    for text in ("", "{}", '{"modules": {"top": {}}}'):
        with pytest.raises(NetlistError, match="no flat netlist of top"):
            parse_netlist(text, "top")


PIN = 50
CLOCK_A, CLOCK_B = 1, 2


def crossing_error(*cells):
    with pytest.raises(NetlistError) as caught:
        find_crossings(make([pad("buffer", PIN, 10), *cells], {"button": PIN}, {"clk_a": 1}))
    return str(caught.value)


def test_two_flip_flops_synchronize_an_input_also_inverted():
    cells = [
        pad("buffer", PIN, 10),
        lut("not", 11, A=10),
        ff("first", 11, 12),
        ff("second", 12, 13),
    ]
    (found,) = find_crossings(make(cells, {"button": PIN}, {"clk_a": 1}))
    assert (found.source, found.clock, found.how) == ("pin button", "clk_a", "synchronizer")
    assert (found.cell, found.pin) == ("first", "DI")
    assert "pin button  clk_a" in crossing_table([found])


def test_nothing_crosses_within_one_clock():
    assert find_crossings(make([ff("f", 3, 4), lut("l", 3, A=4), ff("g", 4, 5)])) == []


def test_an_input_without_a_second_flip_flop_is_refused():
    assert "pin button enters first (DI)" in crossing_error(ff("first", 10, 12))
    assert "pin button" in crossing_error(ff("first", 10, 12), ff("second", 12, 13, CLOCK_B))
    assert "pin button" in crossing_error(ff("first", 10, 12), lut("l", 14, A=12), ff("x", 14, 13))


def test_an_input_that_enters_two_places_is_refused_where_it_is_used_before_it_settles():
    cells = [ff("first", 10, 12), ff("second", 12, 13), ff("early", 12, 14)]
    assert "enters first" in crossing_error(*cells)


def test_an_input_that_meets_another_signal_before_its_synchronizer_is_refused():
    cells = [lut("and", 11, A=10, B=13), ff("first", 11, 12), ff("second", 12, 13)]
    assert "pin button enters first" in crossing_error(*cells)


def test_an_input_at_a_clock_enable_or_a_block_ram_is_refused():
    enabled = ("f", "TRELLIS_FF", {"CLK": 1, "DI": 3, "CE": 10}, {"Q": 3}, {})
    assert "enters f (CE)" in crossing_error(enabled)
    ram = ("r", "DP16KD", {"CLKA": 1, "CLKB": 2, "ADA0": 10}, {"DOA0": 3}, {})
    assert "enters r (ADA0)" in crossing_error(ram)


def test_a_pin_that_comes_in_is_in_the_list_or_a_clock():
    def coming_in(*readers):
        return find_crossings(make([pad("buffer", PIN, 10), *readers], {"button": PIN}))

    assert coming_in(("pll", "EHXPLLL", {"CLKI": 10}, {"CLKOP": 1}, {})) == []
    assert coming_in(ff("f", 3, 3, clock=10)) == []
    for readers, kinds in (((), "nowhere"), ([("odd", "DCUA", {"A": 10}, {}, {})], "DCUA")):
        with pytest.raises(NetlistError, match=f"pin button comes in, .* is known: {kinds}"):
            coming_in(*readers)


def test_another_clocks_flip_flop_is_foreign():
    sender = ff("sender", "0", 3, CLOCK_B)
    fine = [sender, ff("first", 3, 5), ff("second", 5, 6)]
    (found,) = find_crossings(make(fine, names={"clk_b": CLOCK_B}))
    assert found.source == "flip-flops of clk_b"
    with pytest.raises(NetlistError, match="flip-flops of clk_b enters first"):
        find_crossings(make(fine[:2], names={"clk_b": CLOCK_B}))


def test_two_flip_flops_of_another_clock_must_not_meet_before_the_synchronizer():
    senders = [ff("one", "0", 3, CLOCK_B), ff("two", "0", 4, CLOCK_B)]
    cells = [*senders, lut("and", 5, A=3, B=4), ff("first", 5, 6), ff("second", 6, 7)]
    with pytest.raises(NetlistError, match="flip-flops of clk_b enters first"):
        find_crossings(make(cells, names={"clk_b": CLOCK_B}))


def test_the_two_ports_of_a_block_ram_belong_to_their_own_clocks():
    ram = ("r", "DP16KD", {"CLKA": 1, "CLKB": 2}, {"DOA0": 3, "DOB0": 4}, {})
    assert find_crossings(make([ram, ff("a", 3, 5, CLOCK_A), ff("b", 4, 6, CLOCK_B)])) == []
    with pytest.raises(NetlistError):
        find_crossings(make([ram, ff("a", 4, 5, CLOCK_A)]))


def test_an_asynchronous_reset_may_only_enter_a_reset_synchronizer():
    first = ff("one", "0", 11, lsr=10, mode="ASYNC")
    second = ff("two", 11, 12, lsr=10, mode="ASYNC")
    found = find_crossings(make([pad("buffer", PIN, 10), first, second], {"button": PIN}))
    assert [each.how for each in found] == ["reset synchronizer"] * 2
    assert "enters x (LSR)" in crossing_error(ff("x", "0", 11, lsr=10))
    assert "enters x (LSR)" in crossing_error(
        ff("y", 12, 12), ff("x", 12, 11, lsr=10, mode="ASYNC")
    )
    other = ff("y", "0", 12, lsr=10, mode="ASYNC")
    assert "enters x (LSR)" in crossing_error(other, ff("x", 12, 11, lsr=20, mode="ASYNC"))
