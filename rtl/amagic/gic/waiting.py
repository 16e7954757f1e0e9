"""Those who wait for a transaction, and who is next."""

from functools import reduce
from operator import or_

from amaranth.hdl import C, Cat, Module, Mux
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..bus.frame import CPU_WIDTH
from .arbiter import RoundArbiter
from .config import GicConfig
from .gicd_frame import access_layout
from .transaction import Kind
from .types import INTID_WIDTH

__all__ = ["Waiting", "place", "place_layout"]


def place_layout(config: GicConfig) -> data.StructLayout:
    """Where an interrupt's state is.

    ``row`` counts the rows of all CPUs, ``banked`` says that it is a row 0, ``intid`` is the
    interrupt, or the first of the row.
    """
    return data.StructLayout({"row": range(max(2, config.rows)), "banked": 1, "intid": INTID_WIDTH})


def place(config: GicConfig, intid, cpu) -> dict:
    """The fields of `place_layout` for an interrupt, of that CPU when its INTID is below 32."""
    banked = intid[5:] == 0
    row = intid[5:]
    if config.cpus > 1:
        row = Mux(banked, cpu, row + (config.cpus - 1))
    return {"row": row, "banked": banked, "intid": intid}


class Waiting(wiring.Component):
    """Chooses the next transaction in the order that `transaction` states.

    Members
    -------
    deactivate, deactivate_intid, forward, forward_intid, inspect
        For each CPU: it waits for a transaction of these kinds; on which interrupt.
    dirty, clean
        Rows whose lines changed; the row whose event is taken.
    waiting, access, taken
        Software's access waits, and is taken.
    serve
        A transaction is taken in this cycle, if any waits.
    any, kind, is_kind, cpu, place, absent
        Whether one waits; its kind, in a number and in a bit for each; the CPU that acts, or whose
        row 0 is meant; where it acts. ``absent``: the interrupt is not there, and ``place`` is a
        row 0 instead.
    """

    def __init__(self, config: GicConfig):
        self.config = config
        super().__init__(
            {
                "deactivate": In(config.cpus),
                "deactivate_intid": In(INTID_WIDTH).array(config.cpus),
                "forward": In(config.cpus),
                "forward_intid": In(INTID_WIDTH).array(config.cpus),
                "inspect": In(config.cpus),
                "dirty": In(config.rows),
                "clean": Out(config.rows),
                "waiting": In(1),
                "access": In(access_layout(config)),
                "taken": Out(1),
                "serve": In(1),
                "any": Out(1),
                "kind": Out(Kind),
                "is_kind": Out(len(Kind)),
                "cpu": Out(CPU_WIDTH),
                "place": Out(place_layout(config)),
                "absent": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        config, cpus = self.config, range(self.config.cpus)
        m.submodules.rows = rows = RoundArbiter(config.rows)
        line_cpu, line_place = self._line(rows.index)
        access = self.access
        access_place = place(config, access.row << 5, access.bank)
        look_place = {"row": 0, "banked": 1, "intid": 0}
        # In the order of arbitration: who waits, the kind, the CPU, the place, and "not there".
        order = [
            *(
                (self.deactivate[c], Kind.DEACTIVATE, c, *self._named(self.deactivate_intid[c], c))
                for c in cpus
            ),
            *(
                (self.forward[c], Kind.FORWARD, c, *self._named(self.forward_intid[c], c, 16))
                for c in cpus
            ),
            (self.dirty.any(), Kind.LINE, line_cpu, line_place, 0),
            (self.waiting, Kind.ACCESS, access.bank, access_place, 0),
            *((self.inspect[c], Kind.ACKNOWLEDGE, c, look_place, 0) for c in cpus),
        ]
        assert [kind.value for _, kind, *_ in order] == sorted(kind.value for _, kind, *_ in order)
        m.submodules.arbiter = arbiter = RoundArbiter(len(order))
        requests, kinds, actors, places, absents = zip(*order, strict=True)

        def chosen(values):
            return reduce(or_, (Mux(arbiter.grant[n], value, 0) for n, value in enumerate(values)))

        line, software = (self.is_kind[kind.value] for kind in (Kind.LINE, Kind.ACCESS))
        m.d.comb += [
            arbiter.requests.eq(Cat(requests)),
            arbiter.serve.eq(self.serve),
            self.any.eq(arbiter.requests.any()),
            self.kind.eq(chosen(kinds)),
            self.is_kind.eq(chosen([1 << kind.value for kind in kinds])),
            self.cpu.eq(chosen(actors)),
            self.absent.eq(chosen(absents)),
            *(
                self.place[name].eq(chosen([where[name] for where in places]))
                for name in look_place
            ),
            rows.requests.eq(self.dirty),
            rows.serve.eq(self.serve & line),
            self.clean.eq(Mux(rows.serve, rows.grant, 0)),
            self.taken.eq(self.serve & software),
        ]
        return m

    def _named(self, intid, cpu, lowest=0):
        """Place of the interrupt that a CPU names, and whether it is not there."""
        absent = (intid >= 32 + self.config.spis) | (intid < lowest)
        there = Mux(absent, C(0, INTID_WIDTH), intid)
        return place(self.config, there, cpu), absent

    def _line(self, row):
        """CPU and place of a row, given by its number among all rows."""
        cpus = self.config.cpus
        banked = row < cpus
        first_intid = Mux(banked, 0, row - (cpus - 1))[:5] << 5
        return Mux(banked, row, 0), {"row": row, "banked": banked, "intid": first_intid}
