"""The distributor: an engine that takes one transaction after another.

The life of a line's event, a cycle a line, without synchronizers and with nothing else going on:

1. the line's sample changes, and its row becomes dirty;
2. the event is taken: the row and the kind of the transaction are registered;
3. `Phase.STATE`: the row is read, an edge goes into its pending latch, and the first level of the
   comparison over the row is done;
4. two more levels;
5. the last two levels: the row's winner goes into the cache;
6. the comparison over the rows (a cycle for two levels of it): the CPUs' candidates.

Every other transaction that may change who is eligible writes in `Phase.STATE` and looks at the
row in `Phase.EVALUATE`. A row of SPIs is looked at for one CPU after another, a cycle each.

Transactions follow one another without a gap, and do not wait for the selection. Only a look at
the candidate does: in `Phase.INSPECT` nothing else is taken, so that when the last winner has
reached the candidates they are exact, and an acknowledge is one with what it acknowledges.

The order in which transactions are taken is in `transaction`.
"""

from functools import reduce
from operator import or_

from amaranth.hdl import Array, C, Cat, Module, Mux, Signal
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from ..bus.frame import CPU_WIDTH, FrameSignature
from .arbiter import RoundArbiter
from .config import GicConfig
from .gicd_frame import GicdFrame, Part, encoded
from .lines import Lines
from .row import RowState
from .selection import Selection
from .transaction import Kind, Transaction
from .types import INTID_WIDTH, ForwardSignature, SourceSignature

__all__ = ["Distributor"]

ROW_WIDTH = INTID_WIDTH - 5


class Phase(enum.Enum, shape=3):
    """What the engine does in a cycle."""

    RESET = 0
    """Brings one row after another into its reset state."""
    IDLE = 1
    STATE = 2
    """The transaction reads and writes its row."""
    EVALUATE = 3
    """The row is looked at for one CPU after another."""
    INSPECT = 4
    """A look waits for its exact candidate."""


class Distributor(wiring.Component):
    """The distributor of a GICv2, behind GICD.

    Members
    -------
    frame
        Accesses to GICD.
    ppi, spi
        Interrupt lines, active high: INTIDs 16 to 31 of each CPU, INTIDs 32 and on.
    source
        To each CPU interface.
    forward
        From each CPU's list registers.
    trace
        The transactions, each for one cycle.
    """

    def __init__(self, config: GicConfig):
        self.config = config
        super().__init__(
            {
                "frame": In(FrameSignature(12)),
                "ppi": In(16).array(config.cpus),
                "spi": In(max(1, config.spis)),
                "source": In(SourceSignature()).array(config.cpus),
                "forward": In(ForwardSignature()).array(config.cpus),
                "transaction": Out(Transaction),
            }
        )
        # The transaction. It holds from the cycle after it is taken until the next is.
        self._phase = Signal(Phase)
        self._kind = Signal(Kind)
        self._cpu = Signal(CPU_WIDTH)  # who acts; of a banked row, the instance
        self._intid = Signal(INTID_WIDTH)  # the interrupt, or the first of the row
        self._absent = Signal()  # the interrupt is not there: no effect
        self._row = Signal(range(max(2, config.rows)))
        self._banked = Signal(init=1)
        self._for_cpu = Signal(CPU_WIDTH)  # who is looked for, in a row
        self._others = Signal(config.cpus)  # targets of an SGI that are still to come
        self._sweeping = Signal()  # all rows are looked at, from this one on
        # What happens in this cycle.
        self._free = Signal()  # the next transaction is taken, if any
        self._look = Signal()  # the row is looked at
        self._source = Signal(CPU_WIDTH)  # the source of an SGI to be acknowledged

    def elaborate(self, platform):
        m = Module()
        m.submodules.lines = lines = Lines(self.config)
        m.submodules.gicd = gicd = GicdFrame(self.config)
        m.submodules.state = state = RowState(self.config)
        m.submodules.selection = selection = Selection(self.config)
        wiring.connect(m, wiring.flipped(self.frame), gicd.frame)
        for cpu in range(self.config.cpus):
            m.d.comb += lines.ppi[cpu].eq(self.ppi[cpu])

        group_enable = Signal(2)
        act, is_line, is_access = Signal(), Signal(), Signal()
        m.d.comb += [
            act.eq(self._phase == Phase.STATE),
            is_line.eq(self._kind == Kind.LINE),
            is_access.eq(self._kind == Kind.ACCESS),
            self._look.eq((act & is_line) | (self._phase == Phase.EVALUATE)),
            lines.spi.eq(self.spi),
            lines.row.eq(self._row),
            lines.take.eq((act & is_line) | state.init),
            gicd.group_enable.eq(group_enable),
            gicd.done.eq(act & is_access & ~self._others.any()),
            gicd.r_data.eq(state.r_data),
            state.row.eq(self._row),
            state.banked.eq(self._banked),
            state.cpu.eq(self._cpu),
            state.init.eq(self._phase == Phase.RESET),
            state.commit.eq(act),
            state.kind.eq(self._kind),
            state.index.eq(self._intid[:5]),
            state.absent.eq(self._absent),
            state.source.eq(self._source),
            state.access.eq(gicd.access),
            state.level.eq(lines.level),
            state.caught.eq(lines.caught),
            state.for_cpu.eq(self._for_cpu),
            state.group_enable.eq(group_enable),
            selection.look.stb.eq(self._look),
            selection.look.row.eq(self._intid[5:]),
            selection.look.cpu.eq(self._for_cpu),
            selection.look.acknowledged.eq(self._kind == Kind.ACKNOWLEDGE),
            selection.eligible.eq(state.eligible),
            selection.groups.eq(state.groups),
            selection.priorities.eq(state.priorities),
        ]
        with m.If(act & is_access & gicd.access.write & (gicd.access.part == Part.CTLR)):
            m.d.sync += [
                group_enable.eq(gicd.access.w_data),
                self._sweeping.eq(1),
            ]
        self._answer(m, selection, act)
        self._advance(m, gicd, act, is_line, is_access)
        self._inspect(m, state, selection)
        self._take(m, lines, gicd)
        return m

    def _answer(self, m, selection, act):
        """Ends the transactions of those who wait for nothing but their end; tells observers."""
        for cpu in range(self.config.cpus):
            mine = act & (self._cpu == cpu)
            m.d.comb += [
                self.source[cpu].deactivated.eq(mine & (self._kind == Kind.DEACTIVATE)),
                self.forward[cpu].ack.eq(mine & (self._kind == Kind.FORWARD)),
                self.source[cpu].candidate.eq(selection.candidates[cpu]),
                self.source[cpu].candidate.cpuid.eq(self._source),
            ]
        m.d.sync += [
            self.transaction.stb.eq(act & ~self._absent),
            self.transaction.kind.eq(self._kind),
            self.transaction.cpu.eq(self._cpu),
            self.transaction.intid.eq(self._intid),
        ]

    def _advance(self, m, gicd, act, is_line, is_access):
        """From one cycle to the next, within a transaction."""
        last_look = Signal()
        m.d.comb += last_look.eq(self._banked | (self._for_cpu == self.config.cpus - 1))
        with m.If(self._look & ~last_look):
            m.d.sync += self._for_cpu.eq(self._for_cpu + 1)
        with m.Switch(self._phase):
            with m.Case(Phase.RESET):
                with m.If(self._row == self.config.rows - 1):
                    m.d.sync += self._phase.eq(Phase.IDLE)
                with m.Else():
                    self._next_row(m)
            with m.Case(Phase.IDLE):
                m.d.comb += self._free.eq(1)
            with m.Case(Phase.STATE):
                with m.If((is_line & last_look) | (is_access & ~gicd.access.write)):
                    m.d.comb += self._free.eq(1)
                with m.Else():
                    m.d.sync += self._phase.eq(Phase.EVALUATE)
            with m.Case(Phase.EVALUATE):
                with m.If(last_look):
                    with m.If(self._sweeping & (self._row != self.config.rows - 1)):
                        self._next_row(m)
                    with m.Elif(self._others.any()):
                        self._next_target(m)
                    with m.Else():
                        m.d.comb += self._free.eq(1)
                        m.d.sync += self._sweeping.eq(0)

    def _next_row(self, m):
        """Rows in the order in which they stand: row 0 of each CPU, then the SPIs'."""
        m.d.sync += self._row.eq(self._row + 1)
        with m.If(self._banked & (self._cpu != self.config.cpus - 1)):
            m.d.sync += [self._cpu.eq(self._cpu + 1), self._for_cpu.eq(self._cpu + 1)]
        with m.Else():
            m.d.sync += [
                self._banked.eq(0),
                self._intid.eq(self._intid + 32),
                self._for_cpu.eq(0),
            ]

    def _next_target(self, m):
        """The SGI goes to one CPU after another."""
        first = Signal.like(self._others, name="next_target")
        m.d.comb += first.eq(self._others & -self._others)
        m.d.sync += [
            self._others.eq(self._others & ~first),
            self._cpu.eq(encoded(first)),
            self._for_cpu.eq(encoded(first)),
            self._row.eq(encoded(first)),
            self._phase.eq(Phase.STATE),
        ]

    def _inspect(self, m, state, selection):
        """A look at the exact candidate, and the acknowledge that may come with it."""
        granted = Signal()
        candidate = (
            Array(selection.candidates)[self._cpu]
            if self.config.cpus > 1
            else (selection.candidates[0])
        )
        inspecting = (self._phase == Phase.INSPECT) & selection.settled
        if self.config.cpus == 1:
            m.d.comb += granted.eq(inspecting)
        else:
            # Two cycles more find the source of an SGI: its place, then its lowest source.
            steps = Signal(2)
            lowest = state.sources & -state.sources
            m.d.sync += steps.eq(0)
            with m.If(inspecting & ~granted):
                m.d.sync += [
                    steps.eq(Cat(1, steps[0])),
                    self._intid.eq(candidate.intid),
                    self._source.eq(Mux(candidate.intid < 16, encoded(lowest), 0)),
                ]
            m.d.comb += granted.eq(inspecting & steps[1])
        with m.If(granted):
            m.d.sync += self._phase.eq(Phase.IDLE)
        for cpu, source in enumerate(self.source):
            mine = granted & (self._cpu == cpu)
            acknowledged = mine & source.acknowledge
            m.d.comb += [
                source.granted.eq(mine),
                selection.acknowledged[cpu].eq(acknowledged),
            ]
            with m.If(acknowledged):
                m.d.sync += self._phase.eq(Phase.STATE)
                self._place(m, selection.candidates[cpu].intid, cpu)

    def _place(self, m, intid, cpu):
        """Where the interrupt's state is, and for whom its row is looked at first."""
        banked = intid[5:] == 0
        row = intid[5:]
        if self.config.cpus > 1:
            row = Mux(banked, cpu, row + (self.config.cpus - 1))
        m.d.sync += [
            self._intid.eq(intid),
            self._row.eq(row),
            self._banked.eq(banked),
            self._for_cpu.eq(Mux(banked, cpu, 0)),
        ]

    def _take(self, m, lines, gicd):
        """Takes the next transaction, as `transaction` says."""
        cpus = range(self.config.cpus)
        m.submodules.rows = rows = RoundArbiter(self.config.rows)
        line_cpu, line_intid = self._first_of_row(rows.grant)
        # Who, in the order of arbitration: request, kind, CPU, interrupt.
        waiting = [
            *(
                (s.deactivate, Kind.DEACTIVATE, cpus[c], s.deactivation.intid)
                for c, s in enumerate(self.source)
            ),
            *((f.stb, Kind.FORWARD, cpus[c], f.intid) for c, f in enumerate(self.forward)),
            (lines.dirty.any(), Kind.LINE, line_cpu, line_intid),
            (gicd.waiting, Kind.ACCESS, gicd.access.bank, gicd.access.row << 5),
            *((s.inspect, Kind.ACKNOWLEDGE, cpus[c], 0) for c, s in enumerate(self.source)),
        ]
        m.submodules.arbiter = arbiter = RoundArbiter(len(waiting))
        _, kinds, actors, intids = (
            reduce(or_, (Mux(arbiter.grant[n], value, 0) for n, value in enumerate(column)))
            for column in zip(*waiting, strict=True)
        )
        kind, cpu, intid = Signal(Kind), Signal(CPU_WIDTH), Signal(INTID_WIDTH)
        taken, absent = Signal(), Signal()
        forwarded = kind == Kind.FORWARD
        m.d.comb += [
            arbiter.requests.eq(Cat(request for request, *_ in waiting)),
            arbiter.serve.eq(self._free),
            taken.eq(self._free & arbiter.requests.any()),
            kind.eq(kinds),
            cpu.eq(actors),
            intid.eq(intids),
            absent.eq((intid >= 32 + self.config.spis) | (forwarded & (intid < 16))),
            rows.requests.eq(lines.dirty),
            rows.serve.eq(taken & (kind == Kind.LINE)),
            lines.clean.eq(Mux(rows.serve, rows.grant, 0)),
            gicd.taken.eq(taken & (kind == Kind.ACCESS)),
        ]
        with m.If(self._free):
            m.d.sync += self._phase.eq(Phase.IDLE)
        with m.If(taken):
            is_look = kind == Kind.ACKNOWLEDGE
            m.d.sync += [
                self._phase.eq(Mux(is_look, Phase.INSPECT, Phase.STATE)),
                self._kind.eq(kind),
                self._cpu.eq(cpu),
                self._absent.eq(absent),
                self._others.eq(Mux(gicd.taken, gicd.access.others, 0)),
            ]
            # Whatever is not there finds nothing to do in row 0.
            self._place(m, Mux(absent, 0, intid), cpu)

    def _first_of_row(self, row):
        """CPU and first interrupt of a row, given as one bit of all rows'."""
        cpus = self.config.cpus
        spi_row = encoded((C(0, 1), *row[cpus:]))
        return encoded(row[:cpus]), spi_row << 5
