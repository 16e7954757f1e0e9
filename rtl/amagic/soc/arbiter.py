"""One Wishbone bus for several initiators."""

from amaranth import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..parameters import check_range
from .fabric import bus_signature, wishbone

__all__ = ["Arbiter"]

MAX_INITIATORS = 8


class Arbiter(wiring.Component):
    """Lets one initiator after another use the bus, in turn.

    An initiator has the bus to the end of its transfer, which is the acknowledge of a classic cycle
    or of a burst's last word; nothing comes between a burst's words. Then the bus passes to the
    next in turn that wants it, so that one waits for a transfer of each other at most. It stays
    with its last user, and passing it to another when it was idle takes a cycle.

    (amaranth-soc's arbiter passes the bus on when ``cyc`` falls; a core that posts one store after
    another does not let it fall.)

    Parameters
    ----------
    initiators : int
        2 to 8.

    Members
    -------
    initiator
        The initiators' buses.
    bus
        The bus that they share.
    granted
        Whose transfer is on ``bus``.
    """

    def __init__(self, initiators: int):
        check_range("initiators", initiators, 2, MAX_INITIATORS)
        bus = bus_signature()
        super().__init__(
            {
                "initiator": In(bus).array(initiators),
                "bus": Out(bus),
                "granted": Out(range(initiators)),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        bus, initiators = self.bus, self.initiator
        count = len(initiators)
        wants = Signal(count)
        free = Signal()
        last_word = bus.cti != wishbone.CycleType.INCR_BURST
        m.d.comb += [
            wants.eq(Cat(initiator.cyc for initiator in initiators)),
            free.eq(~bus.cyc | (bus.ack & last_word)),
        ]
        with m.Switch(self.granted):
            for index, initiator in enumerate(initiators):
                with m.Case(index):
                    m.d.comb += initiator.ack.eq(bus.ack)
                    for name in ("adr", "dat_w", "sel", "cyc", "stb", "we", "cti", "bte"):
                        m.d.comb += getattr(bus, name).eq(getattr(initiator, name))
                    # The last assignment counts: the next in turn.
                    for step in reversed(range(1, count)):
                        other = (index + step) % count
                        with m.If(free & wants[other]):
                            m.d.sync += self.granted.eq(other)
        m.d.comb += [initiator.dat_r.eq(bus.dat_r) for initiator in initiators]
        return m
