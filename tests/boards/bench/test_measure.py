"""All figures of a point, and what they are kept by."""

from amaranth.hdl import Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import Out

from amagic_boards.bench.measure import bare_verilog


class Remembers(wiring.Component):
    """Has a memory, whose place in the source Amaranth tells in the Verilog."""

    y: Out(4)

    def elaborate(self, platform):
        m = Module()
        m.submodules.store = store = memory.Memory(shape=4, depth=16, init=range(16))
        port, address = store.read_port(domain="comb"), Signal(4)
        m.d.sync += address.eq(address + 1)
        m.d.comb += [port.addr.eq(address), self.y.eq(port.data)]
        return m


def test_a_designs_text_does_not_tell_where_its_source_is():
    text = bare_verilog(Remembers(), "top")
    assert "module top" in text and "[15:0]" in text
    assert "src" not in text and __file__ not in text
