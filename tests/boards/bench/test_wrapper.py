"""Registers around a component, and what they cost by themselves."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from amagic_boards.bench.wrapper import Wires, Wrapper


class Adder(wiring.Component):
    """With a register, a port that is an array, and an output that is to stay open."""

    operands: In(3).array(2)
    total: Out(4)
    seen: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.total.eq(self.operands[0] + self.operands[1])
        m.d.comb += self.seen.eq(self.operands[0].any())
        return m


def feed(adder, bits):
    """What the component's ports are after these bits went in; and all of the result's values."""
    wrapper, ports, results = Wrapper(adder, ["seen"]), [], []

    async def testbench(ctx):
        for bit in bits:
            ctx.set(wrapper.feed, bit)
            await ctx.tick()
        ports.extend(ctx.get(operand) for operand in adder.operands)
        for _ in range(6):
            results.append(ctx.get(wrapper.result))
            await ctx.tick()
        ports.append(ctx.get(adder.total))

    simulator = Simulator(wrapper)
    simulator.add_clock(1e-6)
    simulator.add_testbench(testbench)
    simulator.run()
    return ports, results


def test_every_input_comes_from_the_one_pin():
    # The bit that went in first is in the last place.
    ports, _ = feed(Adder(), [1, 0, 1, 0, 1, 1])
    assert ports[:2] == [0b011, 0b101]


def test_every_output_reaches_the_one_pin():
    """The parity of the outputs, behind the component's register and the wrapper's."""
    _, zeros = feed(Adder(), [0] * 12)
    assert zeros[0] == 0
    _, ones = feed(Adder(), [0] * 12 + [1])  # the operands are 1 and 0, then 2 and 0, and so on
    assert 1 in ones


def test_wires_take_each_output_from_an_input_and_use_the_last_input():
    wires = Wires(wiring.Signature({"a": In(3), "b": In(1), "y": Out(6)}))
    seen = []

    async def testbench(ctx):
        ctx.set(wires.a, 0b110)
        ctx.set(wires.b, 0)
        await ctx.delay(1e-9)
        seen.append(ctx.get(wires.y))

    simulator = Simulator(wires)
    simulator.add_testbench(testbench)
    simulator.run()
    assert seen == [0b100110]  # from b down to the first bit of a, and once more
