"""The distributor: an engine that takes one transaction after another.

The life of a line's event, a cycle a line, without synchronizers and with nothing else going on:

1. the line's sample changes, and its row becomes dirty;
2. the event is taken: the row and the kind of the transaction are registered;
3. `Phase.STATE`: the row is read, an edge goes into its pending latch, and the first level of the
   comparison over the row is done;
4. two more levels;
5. the last two levels: the row's winner goes into the cache;
6. the comparison over the rows (a cycle for two levels of it): the CPUs' candidates.

That is with the two register stages that a GIC with few rows has. `GicConfig.selection_stages` puts
others into the comparison over a row: ``n`` of them make 3, 4 and 5 ``n`` + 1 cycles.

Every other transaction that may change who is eligible writes in `Phase.STATE` and looks at the
row in `Phase.EVALUATE`. A row of SPIs is looked at for one CPU after another, a cycle each, or for
all in one cycle (`GicConfig.tree_per_cpu`).

Transactions follow one another without a gap, and do not wait for the selection. Only a look at
the candidate does: in `Phase.INSPECT` nothing else is taken, so that when the last winner has
reached the candidates they are exact, and an acknowledge is one with what it acknowledges.

The order in which transactions are taken is in `transaction`.

An SGI is active for a CPU whichever source it came from: one bit, as ``GICD_ISACTIVER0`` has it. So
a deactivation's source CPU has no effect (it must be the acknowledged one, and any other is
UNPREDICTABLE: DDI 0601 GICC_EOIR), and a second source waits until the first is deactivated (our
choice).
"""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from ..bus.frame import CPU_WIDTH, FrameSignature
from .arbiter import encoded, lowest
from .config import GicConfig
from .gicd_frame import GicdFrame, Part
from .lines import Lines
from .row import RowState
from .selection import Selection
from .transaction import Kind, Transaction
from .types import ForwardSignature, SourceSignature
from .waiting import Waiting, place, place_layout

__all__ = ["Distributor"]


class Phase(enum.Enum, shape=3):
    """What the engine does in a cycle."""

    RESET = 0
    """Brings one row after another into its reset state."""
    IDLE = 1
    STATE = 2
    """The transaction reads and writes its row."""
    EVALUATE = 3
    """The row is looked at."""
    INSPECT = 4
    """A look waits for its exact candidate."""


class Distributor(wiring.Component):
    """The distributor of a GICv2, behind GICD.

    Members
    -------
    frame
        Accesses to GICD.
    ppi, spi
        Interrupt lines, active high: INTIDs 16 to 31 of each CPU, INTIDs 32 and on. Without SPIs
        ``spi`` is one bit that is not used, since Verilog has no ports of no width.
    source
        To each CPU interface.
    forward
        From each CPU's list registers.
    transaction
        The transactions, each for one cycle, for an observer. (Not `trace`: a Verilator model has a
        method of that name.)
    """

    def __init__(self, config: GicConfig):
        self.config = config
        super().__init__(
            {
                "frame": In(FrameSignature(12)),
                "ppi": In(16).array(config.cpus),
                "spi": In(max(1, config.spis)),
                "source": In(SourceSignature(config.security)).array(config.cpus),
                "forward": In(ForwardSignature()).array(config.cpus),
                "transaction": Out(Transaction),
            }
        )
        # The transaction. It holds from the cycle after it is taken until the next is.
        self._phase = Signal(Phase)
        self._kind = Signal(Kind)
        self._cpu = Signal(CPU_WIDTH)  # who acts; of a banked row, the instance
        self._place = Signal(place_layout(config), init={"banked": 1})
        self._absent = Signal()  # the interrupt is not there: no effect
        self._for_cpu = Signal(CPU_WIDTH)  # who is looked for, in a row
        self._others = Signal(config.cpus)  # targets of an SGI that are still to come
        self._sweeping = Signal()  # all rows are looked at, from this one on
        self._resetting = Signal(init=1)  # as `Phase.RESET`, in a flip-flop of its own
        # What happens in this cycle: the transaction acts on its row, for each kind; or else.
        self._acts = Signal(len(Kind))
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
        m.d.comb += [
            self._look.eq(self._act(Kind.LINE) | (self._phase == Phase.EVALUATE)),
            lines.spi.eq(self.spi),
            lines.row.eq(self._place.row),
            gicd.group_enable.eq(group_enable),
            gicd.done.eq(self._act(Kind.ACCESS) & ~self._others.any()),
            gicd.r_data.eq(state.r_data),
            state.row.eq(self._place.row),
            state.banked.eq(self._place.banked),
            state.cpu.eq(self._cpu),
            state.init.eq(self._resetting),
            state.acts.eq(self._acts),
            state.kind.eq(self._kind),
            state.index.eq(self._place.intid[:5]),
            state.absent.eq(self._absent),
            state.source.eq(self._source),
            state.access.eq(gicd.access),
            state.level.eq(lines.level),
            state.caught.eq(lines.caught),
            state.for_cpu.eq(self._for_cpu),
            state.group_enable.eq(group_enable),
            selection.look.cpus.eq(Mux(self._look, self._looked_for(), 0)),
            selection.look.row.eq(self._place.intid[5:]),
            selection.look.acknowledged.eq(self._kind == Kind.ACKNOWLEDGE),
            *(
                asked.eq(answer)
                for asked, answer in zip(selection.eligible, state.eligible, strict=True)
            ),
            selection.groups.eq(state.groups),
            selection.priorities.eq(state.priorities),
        ]
        m.d.sync += self._acts.eq(0)
        access = gicd.access
        enables = access.w_data[:2]
        if self.config.security:
            enables = Mux(access.nonsecure, Cat(group_enable[0], enables[0]), enables)
        with m.If(self._act(Kind.ACCESS) & access.write & (access.part == Part.CTLR)):
            m.d.sync += [group_enable.eq(enables), self._sweeping.eq(1)]
        self._answer(m, selection)
        if self.config.security:
            self._answer_nonsecure(m, state, access)
        self._advance(m, gicd)
        self._inspect(m, state, selection)
        self._take(m, lines, gicd)
        return m

    def _answer(self, m, selection):
        """Ends the transactions of those who wait for nothing but their end; tells observers."""
        for cpu in range(self.config.cpus):
            mine = self._cpu == cpu
            m.d.comb += [
                self.source[cpu].deactivated.eq(self._act(Kind.DEACTIVATE) & mine),
                self.forward[cpu].ack.eq(self._act(Kind.FORWARD) & mine),
                self.source[cpu].candidate.eq(selection.candidates[cpu]),
                self.source[cpu].candidate.cpuid.eq(self._source),
            ]
        m.d.sync += [
            self.transaction.stb.eq(self._acts.any() & ~self._absent),
            self.transaction.kind.eq(self._kind),
            self.transaction.cpu.eq(self._cpu),
            self.transaction.intid.eq(self._place.intid),
        ]

    def _answer_nonsecure(self, m, state, access):
        """With the Security Extensions: who acts, and that it had no effect."""
        deactivates, forwards = self._act(Kind.DEACTIVATE), self._act(Kind.FORWARD)
        group1 = Cat(source.group1 for source in self.source).bit_select(self._cpu, 1)
        keep = Cat(source.keep for source in self.source).bit_select(self._cpu, 1)
        m.d.comb += [
            state.nonsecure.eq(
                (self._act(Kind.ACCESS) & access.nonsecure) | (deactivates & group1) | forwards
            ),
            state.keep.eq(deactivates & keep),
            *(source.refused.eq(state.refused) for source in self.source),
        ]
        with m.If(state.keep | ((deactivates | forwards) & state.refused)):
            m.d.sync += self.transaction.stb.eq(0)

    def _act(self, kind: Kind):
        """The row is read and written, in a transaction of this kind."""
        return self._acts[kind.value]

    def _looked_for(self):
        """The CPUs that the row is looked at for in one cycle, a bit each."""
        one = 1 << self._for_cpu
        if self.config.row_trees == 1:
            return one
        return Mux(self._place.banked, one, (1 << self.config.cpus) - 1)

    def _advance(self, m, gicd):
        """From one cycle to the next, within a transaction."""
        last_look, last_row = Signal(), Signal()
        at_once = self.config.row_trees == self.config.cpus
        m.d.comb += [
            last_look.eq(at_once | self._place.banked | (self._for_cpu == self.config.cpus - 1)),
            last_row.eq(self._place.row == self.config.rows - 1),
        ]
        with m.If(self._look & ~last_look):
            m.d.sync += self._for_cpu.eq(self._for_cpu + 1)
        with m.Switch(self._phase):
            with m.Case(Phase.RESET):
                with m.If(last_row):
                    m.d.sync += [self._phase.eq(Phase.IDLE), self._resetting.eq(0)]
                with m.Else():
                    self._next_row(m)
            with m.Case(Phase.IDLE):
                m.d.comb += self._free.eq(1)
            with m.Case(Phase.STATE):
                is_read = self._act(Kind.ACCESS) & ~gicd.access.write
                with m.If((self._act(Kind.LINE) & last_look) | is_read):
                    m.d.comb += self._free.eq(1)
                with m.Else():
                    m.d.sync += self._phase.eq(Phase.EVALUATE)
            with m.Case(Phase.EVALUATE):
                with m.If(last_look):
                    with m.If(self._sweeping & ~last_row):
                        self._next_row(m)
                    with m.Elif(self._others.any()):
                        self._next_target(m)
                    with m.Else():
                        m.d.comb += self._free.eq(1)
                        m.d.sync += self._sweeping.eq(0)

    def _next_row(self, m):
        """Rows in the order in which they stand: row 0 of each CPU, then the SPIs'."""
        here = self._place
        m.d.sync += here.row.eq(here.row + 1)
        with m.If(here.banked & (self._cpu != self.config.cpus - 1)):
            m.d.sync += [self._cpu.eq(self._cpu + 1), self._for_cpu.eq(self._cpu + 1)]
        with m.Else():
            m.d.sync += [
                here.banked.eq(0),
                here.intid.eq(here.intid + 32),
                self._for_cpu.eq(0),
            ]

    def _next_target(self, m):
        """The SGI goes to one CPU after another."""
        first = Signal.like(self._others, name="next_target")
        m.d.comb += first.eq(lowest(self._others))
        m.d.sync += [
            self._others.eq(self._others & ~first),
            self._cpu.eq(encoded(first)),
            self._for_cpu.eq(encoded(first)),
            self._place.row.eq(encoded(first)),
            self._phase.eq(Phase.STATE),
            self._act(Kind.ACCESS).eq(1),
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
            source = encoded(lowest(state.sources))
            m.d.sync += steps.eq(0)
            with m.If(inspecting & ~granted):
                m.d.sync += [
                    steps.eq(Cat(1, steps[0])),
                    self._place.intid.eq(candidate.intid),
                    self._source.eq(Mux(candidate.intid < 16, source, 0)),
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
            # Where the candidate stands is taken at once: whether it is acknowledged comes late in
            # the cycle. Nothing acts there when it is not.
            with m.If(mine):
                where = place(self.config, selection.candidates[cpu].intid, cpu)
                m.d.sync += [
                    *(self._place[name].eq(value) for name, value in where.items()),
                    self._for_cpu.eq(Mux(where["banked"], cpu, 0)),
                ]
            with m.If(acknowledged):
                m.d.sync += [
                    self._phase.eq(Phase.STATE),
                    self._act(Kind.ACKNOWLEDGE).eq(1),
                ]

    def _take(self, m, lines, gicd):
        """Takes the next transaction."""
        m.submodules.waiting = waiting = Waiting(self.config)
        for cpu, (source, forward) in enumerate(zip(self.source, self.forward, strict=True)):
            m.d.comb += [
                waiting.deactivate[cpu].eq(source.deactivate),
                waiting.deactivate_intid[cpu].eq(source.deactivation.intid),
                waiting.forward[cpu].eq(forward.stb),
                waiting.forward_intid[cpu].eq(forward.intid),
                waiting.inspect[cpu].eq(source.inspect),
            ]
        m.d.comb += [
            waiting.dirty.eq(lines.dirty),
            lines.clean.eq(waiting.clean),
            waiting.waiting.eq(gicd.waiting),
            waiting.access.eq(gicd.access),
            gicd.taken.eq(waiting.taken),
            waiting.serve.eq(self._free),
        ]
        look = waiting.is_kind[Kind.ACKNOWLEDGE.value]
        with m.If(self._free):
            m.d.sync += [
                self._phase.eq(Phase.IDLE),
                self._kind.eq(waiting.kind),
                self._cpu.eq(waiting.cpu),
                self._place.eq(waiting.place),
                self._absent.eq(waiting.absent),
                self._for_cpu.eq(Mux(waiting.place.banked, waiting.cpu, 0)),
                self._others.eq(Mux(waiting.taken, gicd.access.others, 0)),
                # A look acts on no row before it has become an acknowledge.
                self._acts.eq(waiting.is_kind & ~(1 << Kind.ACKNOWLEDGE.value)),
            ]
            with m.If(waiting.any):
                m.d.sync += self._phase.eq(Mux(look, Phase.INSPECT, Phase.STATE))
