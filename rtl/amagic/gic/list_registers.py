"""List registers: the virtual interrupts of one CPU, and what their ends mean.

Fields and conditions are those of Arm's register pages DDI 0601 GICH_LR<n>, GICH_EISR, GICH_ELRSR,
GICH_HCR (EOICount), GICV_EOIR and GICV_DIR; that they are IHI 0048B's is unverified.

**Order of effects.** Everything that reads or changes a list register is a transaction. One is
finished before the next begins, and when several stand at once they go in this order:

1. an access by software (GICH_LR<n>),
2. a deactivation (EOIR, AEOIR, DIR),
3. an acknowledge, which sees every change made before it.

The life of an entry: software writes it pending; the acknowledge makes it active; the deactivation
makes it invalid, or pending when software had made it active and pending. These touch the State
bits alone: all other fields stay as they were written, in an invalid entry as well. With HW = 1
the deactivation also goes to the distributor, with the physical ID, and is finished when the
distributor has taken it.

Where the architecture says UNPREDICTABLE (our choices): an end of interrupt whose ID is present,
but pending only, has no effect and is not counted; of two entries for one interrupt the one with
the lower index ends; a virtual ID of 1020 to 1023 is never offered. The source CPU is offered with
an SGI only: DDI 0595 GICV_IAR takes bits [12:10] for every ID with HW = 0, where they mean nothing.
"""

from amaranth import Array, Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from ..registers import GICH, Field
from .arbiter import lowest_index
from .config import GicConfig
from .selection import Smallest
from .types import ForwardSignature, SourceSignature

__all__ = ["ListRegisters"]

LR = GICH.LR
LEVELS_PER_CYCLE = 2
"""Of comparisons in the candidate's tree."""


def _is_special(intid: Value) -> Value:
    """1020 to 1023, which are never the ID of an interrupt. (A comparison would be slower.)"""
    return intid[2:].all()


def _is_sgi(intid: Value) -> Value:
    """0 to 15, the interrupts that have a source CPU."""
    return ~intid[4:].any()


def _field(word: Value, field: Field) -> Value:
    return word[field.lsb : field.lsb + field.width]


IMPLEMENTED = sum(field.mask for field in LR.fields)
"""Bits [22:20] are reserved. With HW = 0 bits [18:13] are kept as well, though they mean nothing:
a hypervisor reads back what it wrote."""


class _Entry(wiring.Component):
    """What must be known of each list register at once. (What is not used here costs nothing.)

    Members
    -------
    w_en, w_data
        Software's write: byte enables, data.
    acknowledge, deactivate
        Strobes that change the state. Never together, and never with ``w_en``.
    intid, cpuid
        The interrupt that is looked for. ``held``: this is it, and it is active (or active and
        pending); ``waiting``: this is it, and it is pending only.
    offered, priority
        It can be the candidate, of this priority.
    state, ended, empty
        The State field; this entry's bits in GICH_EISR and GICH_ELRSR.
    """

    w_en: In(4)
    w_data: In(32)
    acknowledge: In(1)
    deactivate: In(1)
    intid: In(10)
    cpuid: In(3)
    held: Out(1)
    waiting: Out(1)
    offered: Out(1)
    priority: Out(5)
    state: Out(2)
    ended: Out(1)
    empty: Out(1)

    def elaborate(self, platform):
        m = Module()
        kept = Signal(LR.layout)
        word = kept.as_value()
        for byte in range(4):
            with m.If(self.w_en[byte]):
                m.d.sync += word.word_select(byte, 8).eq(self.w_data.word_select(byte, 8))
        with m.If(self.acknowledge):
            m.d.sync += kept.State.eq(0b10)
        with m.If(self.deactivate):
            m.d.sync += kept.State[1].eq(0)

        same = Signal()
        pending_only = kept.State == 0b01
        invalid = kept.State == 0
        has_cpuid = ~kept.HW & _is_sgi(kept.VirtualID)
        eoi = _field(word, LR.field("EOI"))
        m.d.comb += [
            same.eq(
                (kept.VirtualID == self.intid)
                & (~has_cpuid | (_field(word, LR.field("CPUID")) == self.cpuid))
            ),
            self.held.eq(same & kept.State[1]),
            self.waiting.eq(same & pending_only),
            self.offered.eq(pending_only & ~_is_special(kept.VirtualID)),
            self.priority.eq(kept.Priority),
            self.state.eq(kept.State),
            self.ended.eq(invalid & ~kept.HW & eoi),
            self.empty.eq(invalid & (kept.HW | ~eoi)),
        ]
        return m


def _one_and_many(bits: list[Value]) -> tuple[Value, Value]:
    """Whether at least one, and whether at least two of ``bits`` are 1."""
    if len(bits) == 1:
        return bits[0], Value.cast(0)
    one_low, many_low = _one_and_many(bits[: len(bits) // 2])
    one_high, many_high = _one_and_many(bits[len(bits) // 2 :])
    return one_low | one_high, many_low | many_high | (one_low & one_high)


class ListRegisters(wiring.Component):
    """The list registers of one CPU.

    Members
    -------
    index, w_data, be, r_stb, w_stb, r_data, ack
        Software's access to list register ``index``, held until ``ack``. One past the last reads
        0 and ignores writes.
    source
        What the virtual CPU interface acknowledges from and deactivates in. ``candidate`` follows
        a change by ``latency`` cycles, and changes only to what is exact.
    forward
        Deactivations of physical interrupts.
    ended, empty
        GICH_EISR and GICH_ELRSR, a bit for each list register.
    underflow, none_pending
        None or one of them is valid; none is pending (an active and pending one does not count).
        All four follow a change by one cycle.
    absent_stb
        Pulses for an end of interrupt that GICH_HCR.EOICount counts.
    """

    def __init__(self, config: GicConfig):
        self.config = config
        levels = ceil_log2(config.lrs)
        registers = {*range(levels, 0, -LEVELS_PER_CYCLE)}
        self.tree = Smallest(config.lrs, 5, 0, registers)
        self.latency = len(registers) + 1
        super().__init__(
            {
                "index": In(6),
                "w_data": In(32),
                "be": In(4),
                "r_stb": In(1),
                "w_stb": In(1),
                "r_data": Out(32),
                "ack": Out(1),
                "source": In(SourceSignature()),
                "forward": Out(ForwardSignature()),
                "ended": Out(config.lrs),
                "empty": Out(config.lrs, init=(1 << config.lrs) - 1),
                "underflow": Out(1, init=1),
                "none_pending": Out(1, init=1),
                "absent_stb": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        lrs = self.config.lrs
        m.submodules.tree = self.tree
        m.submodules.store = store = memory.Memory(shape=32, depth=max(2, lrs), init=[])
        entries = [_Entry() for _ in range(lrs)]
        for i, entry in enumerate(entries):
            m.submodules[f"lr{i}"] = entry

        changed = Signal()
        winner, settled = self._choose(m, entries, store.read_port(domain="comb"), changed)
        write_port = store.write_port(granularity=8)
        access_port = store.read_port(domain="comb")
        self._run(m, entries, write_port, access_port, winner, settled, changed)

        _, several = _one_and_many([entry.state.any() for entry in entries])
        m.d.sync += [
            self.underflow.eq(~several),
            self.none_pending.eq(~Cat(entry.state == 0b01 for entry in entries).any()),
            self.ended.eq(Cat(entry.ended for entry in entries)),
            self.empty.eq(Cat(entry.empty for entry in entries)),
        ]
        return m

    def _choose(self, m, entries, port, changed) -> tuple[Signal, Value]:
        """The candidate. ``changed``: an entry changes in this cycle.

        Returns the candidate's index, and whether it takes every change into account.
        """
        winner = Signal.like(port.addr)
        word = data.View(LR.layout, port.data)
        has_cpuid = ~word.HW & _is_sgi(word.VirtualID)
        cpuid = _field(port.data, LR.field("CPUID"))
        m.d.comb += [
            self.tree.valids.eq(Cat(entry.offered for entry in entries)),
            self.tree.keys.eq(Cat(entry.priority for entry in entries)),
            port.addr.eq(self.tree.index),
        ]
        # Cycles until the candidate takes the last change into account. It is renewed only when
        # it does, so that no mixture of an old and a new list register ever reaches an output;
        # and the next transaction waits for it, so that it never lags by more than one change.
        age = Signal(range(self.latency + 1))
        with m.If(changed):
            m.d.sync += age.eq(self.latency)
        with m.Elif(age != 0):
            m.d.sync += age.eq(age - 1)
        candidate = self.source.candidate
        with m.If(age == 1):
            m.d.sync += [
                winner.eq(self.tree.index),
                candidate.valid.eq(self.tree.valid),
                candidate.intid.eq(word.VirtualID),
                candidate.cpuid.eq(Mux(has_cpuid, cpuid, 0)),
                candidate.priority.eq(Cat(Const(0, 3), word.Priority)),
                candidate.group.eq(word.Grp1),
            ]
        return winner, age == 0

    def _run(self, m, entries, write_port, access_port, winner, settled, changed) -> None:
        """The transactions, one after another, in the order that the module's head gives."""
        source = self.source
        wanted = source.deactivation
        special = _is_special(wanted.intid)
        held = Signal(len(entries))
        waiting = Signal(len(entries))
        is_held = Signal()
        is_waiting = Signal()
        found = Signal.like(write_port.addr)
        sweep = Signal.like(write_port.addr)
        index = self.index[: len(access_port.addr)]
        accessed = Signal(LR.layout)
        for i, entry in enumerate(entries):
            written = self.ack & self.w_stb & (self.index == i)
            m.d.comb += [
                entry.w_data.eq(self.w_data),
                entry.w_en.eq(Mux(written, self.be, 0)),
                entry.intid.eq(wanted.intid),
                entry.cpuid.eq(wanted.cpuid),
            ]
        m.d.comb += [
            write_port.addr.eq(index),
            write_port.data.eq(self.w_data),
            access_port.addr.eq(index),
            accessed.eq(access_port.data & IMPLEMENTED),
            accessed.State.eq(Array(entry.state for entry in entries)[index]),
            self.r_data.eq(Mux(self.index < len(entries), accessed.as_value(), 0)),
        ]
        with m.FSM(name="transaction"):
            # The memory outlives a reset; what software reads must not.
            with m.State("CLEAR"):
                m.d.comb += [
                    write_port.addr.eq(sweep),
                    write_port.data.eq(0),
                    write_port.en.eq(0b1111),
                ]
                m.d.sync += sweep.eq(sweep + 1)
                with m.If(sweep == len(entries) - 1):
                    m.next = "IDLE"
            with m.State("IDLE"):
                with m.If(~settled):
                    pass
                with m.Elif(self.r_stb | self.w_stb):
                    m.d.comb += self.ack.eq(1)
                    with m.If(self.w_stb & (self.index < len(entries))):
                        m.d.comb += [changed.eq(1), write_port.en.eq(self.be)]
                with m.Elif(source.deactivate):
                    m.d.sync += [
                        held.eq(Cat(entry.held for entry in entries)),
                        waiting.eq(Cat(entry.waiting for entry in entries)),
                    ]
                    m.next = "FIND"
                with m.Else():
                    m.d.comb += source.granted.eq(source.inspect)
                    with m.If(source.granted & source.acknowledge & source.candidate.valid):
                        m.next = "ACKNOWLEDGE"
            # The interface compares priorities before it acknowledges: that fills a cycle.
            with m.State("ACKNOWLEDGE"):
                m.d.comb += changed.eq(1)
                for i, entry in enumerate(entries):
                    m.d.comb += entry.acknowledge.eq(winner == i)
                m.next = "IDLE"
            with m.State("FIND"):
                any_held, lowest = lowest_index(held)
                m.d.sync += [
                    found.eq(lowest),
                    is_held.eq(any_held & ~special),
                    is_waiting.eq(waiting.any()),
                ]
                m.next = "END"
            with m.State("END"):
                m.d.comb += access_port.addr.eq(found)
                m.d.sync += self.forward.intid.eq(accessed.PhysicalID)
                m.next = "IDLE"
                with m.If(~is_held):
                    m.d.comb += [
                        source.deactivated.eq(1),
                        self.absent_stb.eq(
                            ~special & ~is_waiting & (wanted.by_dir | wanted.dropped)
                        ),
                    ]
                with m.Else():
                    m.d.comb += changed.eq(1)
                    for i, entry in enumerate(entries):
                        m.d.comb += entry.deactivate.eq(found == i)
                    with m.If(accessed.HW):
                        m.next = "FORWARD"
                    with m.Else():
                        m.d.comb += source.deactivated.eq(1)
            with m.State("FORWARD"):
                m.d.comb += [
                    self.forward.stb.eq(1),
                    source.deactivated.eq(self.forward.ack),
                ]
                with m.If(self.forward.ack):
                    m.next = "IDLE"
