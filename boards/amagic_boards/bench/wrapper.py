"""A component with a register at each of its ports, so that it can be routed on its own.

One pin feeds a shift register, from which every input comes; every output is registered, and all
are reduced to one pin through registers. So paths from port to port count, pins are few, and
synthesis can take nothing for granted about the inputs. `Wires` in the component's place gives what
the wrapper itself costs.
"""

from collections.abc import Collection
from functools import reduce
from operator import xor

from amaranth.hdl import Cat, ClockDomain, ClockSignal, DomainRenamer, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Wires", "Wrapper"]

FAN_IN = 4
"""What one LUT of the device takes."""


def _ports(component, flow, left_out=()):
    """The signals of the component's ports that go one way."""
    return [
        value.as_value() if hasattr(value, "as_value") else value
        for path, member, value in component.signature.flatten(component)
        if member.flow == flow and path[0] not in left_out
    ]


class Wires(wiring.Component):
    """Ports as another component's, and nothing within: each output is some input.

    The last inputs come first, since the wrapper's shift register ends at the last that is used.
    """

    def elaborate(self, platform):
        m = Module()
        inputs, outputs = Cat(_ports(self, In)), Cat(_ports(self, Out))
        m.d.comb += outputs.eq(inputs[::-1].replicate(1 + len(outputs) // len(inputs)))
        return m


class Wrapper(wiring.Component):
    """Registers around a component.

    Parameters
    ----------
    inner : wiring.Component
        Its ports are all plain inputs and outputs; its clock is ``sync``.
    left_out : collection of str
        Members that are outputs and stay open.

    Members
    -------
    feed, reset
        What goes into the inputs, bit for bit; the component's reset.
    result
        Some bit of all the outputs, some cycles later.
    """

    def __init__(self, inner: wiring.Component, left_out: Collection[str] = ()):
        self._inner, self._left_out = inner, left_out
        super().__init__({"feed": In(1), "reset": In(1), "result": Out(1)})

    def elaborate(self, platform):
        m = Module()
        inputs = Cat(_ports(self._inner, In))
        outputs = Cat(_ports(self._inner, Out, self._left_out))
        # Their value at power-on tells the wrapper's registers from those of the component and of
        # each other: equal registers with equal inputs would become one.
        held_inputs = Signal(len(inputs), init=-1, reset_less=True)
        held_outputs = Signal(len(outputs), reset_less=True)
        m.domains.inner = ClockDomain(local=True)
        m.submodules.inner = DomainRenamer("inner")(self._inner)
        m.d.comb += [ClockSignal("inner").eq(ClockSignal()), inputs.eq(held_inputs)]
        m.d.sync += [
            ResetSignal("inner").eq(self.reset),
            held_inputs.eq(Cat(self.feed, held_inputs)),
            held_outputs.eq(outputs),
        ]
        level = held_outputs
        while len(level) > 1:
            reduced = Signal(-(-len(level) // FAN_IN), reset_less=True)
            for place in range(len(reduced)):
                m.d.sync += reduced[place].eq(
                    reduce(xor, level[FAN_IN * place : FAN_IN * (place + 1)])
                )
            level = reduced
        m.d.comb += self.result.eq(level)
        return m
