"""A row's state, and what each kind of transaction does to it.

A row is 32 interrupts: row 0 of the architecture's registers stands once for each CPU (SGIs and
PPIs), the others hold SPIs. The state is in distributed RAM with one port, addressed by the row
of the current transaction. RAM is not cleared by reset, so the distributor sweeps it with ``init``
before it takes the first transaction.

Pending. The latch holds edges, SGIs, and what software set pending. A level-sensitive interrupt
is pending while its line is high or its latch is set; an acknowledge clears the latch, so that a
line that stays high makes the interrupt active and pending. A pulse on a level-sensitive line
leaves nothing behind. For an SGI the latch says whether any source is pending; the sources
themselves are in `SgiSources`.

As in a GIC-400, SGIs are always enabled and edge-triggered, and PPIs are level-sensitive. The
former is in the reset state, which nothing can change. An SGI has no line, so that its trigger
shows in ``GICD_ICFGR0`` alone.

With the Security Extensions a `RowView` says which interrupts a transaction may see and change.
"""

from amaranth.hdl import C, Cat, Module, Mux, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from ..bus.frame import CPU_WIDTH
from .config import GicConfig
from .gicd_frame import Part, access_layout
from .sgi import SgiSources
from .transaction import Kind
from .types import PRIORITY_WIDTH
from .view import RowView

__all__ = ["RowState"]

SGIS = 0xFFFF
"""The SGIs' bits in a banked row."""


class RowState(wiring.Component):
    """State of all rows: the current one is read, changed, and shown to the selection.

    Members
    -------
    row, banked, cpu
        The current row; whether it is an instance of row 0, and whose.
    init
        Brings the row into its reset state.
    acts, kind, index, absent, source, access
        Does to the row what a transaction does whose `Kind` has its bit set in ``acts``: to the
        interrupt ``index`` of the row, if it is not ``absent``; an acknowledged SGI is that from
        ``source``; ``access`` is software's access. ``kind`` is that of the transaction also when
        it does not act.
    level, caught
        The row's lines; at a line event, those that rose since the last one, else 0.
    for_cpu, group_enable
        The selection's question: which interrupts may be signalled to this CPU, with these groups
        enabled. With a tree for each CPU the question is for all of them.
    eligible, groups, priorities
        The answer; ``eligible`` for each tree. In the cycle in which a line event acts it is taken
        into account.
    sources
        Sources of the SGI ``index``.
    r_data
        The answer to a read.
    nonsecure, keep, refused
        Only with the Security Extensions. The transaction is a Non-secure one; a deactivation is a
        question, and changes nothing; the interrupt ``index`` is not one that it may change.
    """

    def __init__(self, config: GicConfig):
        self.config = config
        security = {"nonsecure": In(1), "keep": In(1), "refused": Out(1)}
        super().__init__(
            {
                "row": In(range(max(2, config.rows))),
                "banked": In(1),
                "cpu": In(CPU_WIDTH),
                "init": In(1),
                "acts": In(len(Kind)),
                "kind": In(Kind),
                "index": In(5),
                "absent": In(1),
                "source": In(CPU_WIDTH),
                "access": In(access_layout(config)),
                "level": In(32),
                "caught": In(32),
                "for_cpu": In(CPU_WIDTH),
                "group_enable": In(2),
                "eligible": Out(32).array(config.row_trees),
                "groups": Out(32),
                "priorities": Out(32 * config.priority_bits),
                "sources": Out(config.cpus),
                "r_data": Out(32),
            }
            | (security if config.security else {})
        )
        self._group, self._enabled, self._edge, self._latch, self._active = (
            Signal(32, name=name) for name in ("group", "enabled", "edge", "latch", "active")
        )
        self._priority = Signal(32 * config.priority_bits, name="priority")
        self._targets = Signal(32 * config.cpus, name="targets")
        self._present = Signal(32, name="present")
        self._accessible = self._present  # by the transaction, of those
        self._view = None
        self._software = Signal(name="software")
        self._bits = Signal(32, name="bits")  # what is set or cleared

    def elaborate(self, platform):
        m = Module()
        m.submodules.sgi = sgi = SgiSources(self.config)
        last_row = (1 << (self.config.spis % 32)) - 1
        if last_row:
            is_last = self.row == self.config.rows - 1
            m.d.comb += self._present.eq(Mux(is_last, last_row, 0xFFFFFFFF))
        else:
            m.d.comb += self._present.eq(0xFFFFFFFF)
        m.d.comb += self._software.eq(self._act(Kind.ACCESS))
        if self.config.security:
            self._look_through_view(m)
        self._choose_bits(m)
        self._update_group(m)
        self._update_enabled(m)
        self._update_config(m)
        self._update_active(m)
        self._update_latch(m, sgi)
        self._update_sgi(m, sgi)
        self._update_priority(m)
        if self.config.cpus > 1:
            self._update_targets(m)
        self._answer_selection(m)
        self._answer_read(m, sgi)
        return m

    def _look_through_view(self, m):
        m.submodules.view = self._view = view = RowView(self.config)
        nsacr = Signal(64, name="nsacr")
        self._accessible = Signal(32, name="accessible")
        m.d.comb += [
            view.access.eq(self.access),
            view.software.eq(self._software),
            view.nonsecure.eq(self.nonsecure),
            view.group.eq(self._group),
            view.nsacr.eq(nsacr),
            self._accessible.eq(self._present & view.visible),
            self.refused.eq(self.nonsecure & ~self._bits.any()),
        ]
        # PPIs have none of it.
        half = self.access.word[0]
        old = nsacr.word_select(half, 32)
        lanes = Cat(enable.replicate(4) for enable in self.access.be)
        lanes &= self._present.word_select(half, 16)
        lanes = Cat(lane.replicate(2) for lane in lanes)
        self._nsacr_word = old
        value = (old & ~lanes) | (self.access.w_data & lanes)
        write = self._software & self.access.write & self.access.nsacr & ~(self.banked & half)
        write <<= half
        self._store(m, "nsacr", nsacr, write, value.replicate(2), lanes=2)

    def _shown(self, part, word):
        """What of a register's word the transaction sees."""
        return self._view.shown(part, word) if self._view else word

    def _choose_bits(self, m):
        """The bits that software writes to a bitmap, or that of the one interrupt."""
        access = self.access
        part = access.part
        sgis_fixed = self.banked & ((part == Part.ENABLED) | (part == Part.PENDING))
        bitmap = (part == Part.ENABLED) | (part == Part.PENDING) | (part == Part.ACTIVE)
        lanes, byte, place = Signal(4), Signal(4), Signal(8)
        m.d.comb += [
            lanes.eq(Mux(self._software & bitmap, access.be & Mux(sgis_fixed, 0b1100, 0b1111), 0)),
            byte.eq(Mux(self._software | self.absent, 0, 1 << self.index[3:])),
            place.eq(1 << self.index[:3]),
        ]
        written = access.w_data & Cat(lane.replicate(8) for lane in lanes) & self._present
        one = Cat(byte[n // 8] & place[n % 8] for n in range(32))
        bits = written | one
        m.d.comb += self._bits.eq(bits & self._view.visible if self._view else bits)

    def _act(self, kind):
        return self.acts[kind.value]

    def _writes(self, part):
        return self._software & self.access.write & (self.access.part == part)

    def _store(self, m, name, state, write, value, *, lanes=1, reset=0):
        """One field of all rows. ``value`` goes to those of its lanes that ``write`` names."""
        store = memory.Memory(shape=len(state), depth=max(2, self.config.rows), init=[])
        m.submodules[name] = store
        reader = store.read_port(domain="comb")
        writer = store.write_port(granularity=len(state) // lanes)
        m.d.comb += [
            reader.addr.eq(self.row),
            state.eq(reader.data),
            writer.addr.eq(self.row),
            writer.data.eq(Mux(self.init, reset, value)),
            writer.en.eq(write | self.init.replicate(lanes)),
        ]

    @staticmethod
    def _set_or_clear(state, bits, clear):
        return Mux(clear, state & ~bits, state | bits)

    def _update_group(self, m):
        lanes = Cat(enable.replicate(8) for enable in self.access.be) & self._present
        value = (self._group & ~lanes) | (self.access.w_data & lanes)
        self._store(m, "group", self._group, self._writes(Part.GROUP), value)

    def _update_enabled(self, m):
        value = self._set_or_clear(self._enabled, self._bits, self.access.clear)
        reset = Mux(self.banked, SGIS, 0)
        write = self._writes(Part.ENABLED)
        self._store(m, "enabled", self._enabled, write, value, reset=reset)

    def _update_active(self, m):
        releases = self._act(Kind.DEACTIVATE) | self._act(Kind.FORWARD)
        if self.config.security:
            releases &= ~self.keep
        clear = releases | (self._software & self.access.clear)
        value = self._set_or_clear(self._active, self._bits, clear)
        write = self._writes(Part.ACTIVE) | releases | self._act(Kind.ACKNOWLEDGE)
        self._store(m, "active", self._active, write, value)

    def _update_config(self, m):
        half, access = self.access.word[0], self.access
        lanes = Cat(enable.replicate(4) for enable in access.be)
        lanes &= self._accessible.word_select(half, 16)
        old = self._edge.word_select(half, 16)
        value = (old & ~lanes) | (access.w_data[1::2] & lanes)
        write = (self._writes(Part.CONFIG) & ~self.banked) << half
        self._store(m, "edge", self._edge, write, value.replicate(2), lanes=2)

    def _update_latch(self, m, sgi):
        line, acknowledge = self._act(Kind.LINE), self._act(Kind.ACKNOWLEDGE)
        bits = Mux(line, self.caught & self._edge, self._bits)
        clear = acknowledge | (self._software & self.access.clear)
        value = Signal(32, name="latch_value")
        m.d.comb += value.eq(self._set_or_clear(self._latch, bits, clear))
        with m.If(sgi.commit):
            m.d.comb += value.word_select(sgi.word, 4).eq(sgi.pending)
        write = line | acknowledge | self._writes(Part.PENDING) | sgi.commit
        self._store(m, "latch", self._latch, write, value)

    def _update_sgi(self, m, sgi):
        """An SGI by its number and source: of an acknowledge, or of ``GICD_SGIR``. Or a word of
        ``GICD_SPENDSGIR`` or ``GICD_CPENDSGIR``, a byte for each SGI.
        """
        cpus, access = self.config.cpus, self.access
        acknowledge = self.kind == Kind.ACKNOWLEDGE
        number = Mux(acknowledge, self.index, access.w_data[:4])
        sender = Mux(acknowledge, self.source, access.cpu)
        one = (C(1, cpus) << sender)[:cpus] << ((number & 3) * cpus)
        enable, sends = access.be, self._writes(Part.SGIR)
        if self._view:
            enable &= self._accessible.word_select(access.word[:2], 4)
            sends &= self._view.sends
        word = Cat(
            access.w_data.word_select(byte, 8)[:cpus] & enable[byte].replicate(cpus)
            for byte in range(4)
        )
        is_word = ~acknowledge & (access.part == Part.SGI_PENDING)
        m.d.comb += [
            sgi.cpu.eq(self.cpu),
            sgi.init.eq(self.init & self.banked),
            sgi.latch.eq(self._latch),
            sgi.word.eq(Mux(is_word, access.word, number[2:])),
            sgi.change.eq(Mux(is_word, word, one)),
            sgi.clear.eq(acknowledge | access.clear),
            sgi.commit.eq(
                (self._act(Kind.ACKNOWLEDGE) & self.banked & ~self.index[4])
                | self._writes(Part.SGI_PENDING)
                | sends
            ),
            self.sources.eq(sgi.sources.word_select(self.index[:2], cpus)),
        ]

    def _update_bytes(self, m, name, state, part, bits, shift, allowed=1):
        """A field of ``bits`` for each interrupt that software sees as bytes, at ``shift``."""
        access = self.access
        w_data = self._view.meant() if self._view and part == Part.PRIORITY else access.w_data
        old = Signal(4 * bits, name=f"{name}_word")
        m.d.comb += old.eq(state.word_select(access.word, 4 * bits))
        accessible = self._accessible.word_select(access.word, 4)
        value = Cat(
            Mux(
                access.be[byte] & accessible[byte],
                w_data[8 * byte + shift :][:bits],
                old.word_select(byte, bits),
            )
            for byte in range(4)
        )
        write = Mux(allowed, self._writes(part), 0) << access.word
        self._store(m, name, state, write, value.replicate(8), lanes=8)
        above = C(0, 8 - shift - bits)
        return Cat(Cat(C(0, shift), old.word_select(byte, bits), above) for byte in range(4))

    def _update_priority(self, m):
        bits = self.config.priority_bits
        self._priority_word = self._update_bytes(
            m, "priority", self._priority, Part.PRIORITY, bits, PRIORITY_WIDTH - bits
        )

    def _update_targets(self, m):
        # A banked row's stay 0: GICD_ITARGETSR0 to 7 are read-only.
        self._targets_word = self._update_bytes(
            m, "targets", self._targets, Part.TARGETS, self.config.cpus, 0, ~self.banked
        )

    def _answer_selection(self, m):
        cpus = self.config.cpus
        pending = Signal(32, name="pending_now")
        group_enabled = Signal(32)
        m.d.comb += [
            pending.eq(self._latch | (self._edge & self.caught) | (~self._edge & self.level)),
            group_enabled.eq(Mux(self.group_enable[1], self._group, 0)),
            self.groups.eq(self._group),
            self.priorities.eq(self._priority),
        ]
        with m.If(self.group_enable[0]):
            m.d.comb += group_enabled.eq(Mux(self.group_enable[1], 0xFFFFFFFF, ~self._group))
        for tree, eligible in enumerate(self.eligible):
            targeted = Signal(32, name=f"targeted_{tree}", init=0xFFFFFFFF)
            if cpus > 1:
                cpu = tree if len(self.eligible) > 1 else self.for_cpu
                with m.If(~self.banked):
                    m.d.comb += targeted.eq(
                        Cat(
                            self._targets.word_select(bit, cpus).bit_select(cpu, 1)
                            for bit in range(32)
                        )
                    )
            m.d.comb += eligible.eq(
                pending & self._enabled & ~self._active & group_enabled & targeted
            )

    def _answer_read(self, m, sgi):
        access, cpus, shown = self.access, self.config.cpus, self._shown
        half = access.word[0]
        level = shown(Part.LINES, self.level)
        sgi_half = self.banked & ~half
        # The lower bit of a field is 1 for PPIs and SPIs, and 0 for SGIs: a Cortex-A15's
        # GICD_ICFGR (DDI 0438I 8.3.2), and a GIC-400's for SPIs.
        lower = self._present.word_select(half, 16) & ~sgi_half.replicate(16)
        edge = self._edge.word_select(half, 16) | sgi_half.replicate(16)
        sgis = (sgi.sources.word_select(byte, cpus) for byte in range(4))
        words = {
            Part.GROUP: self._group,
            Part.ENABLED: shown(Part.ENABLED, self._enabled),
            Part.PENDING: shown(Part.PENDING, self._latch | (self.level & ~self._edge)),
            Part.ACTIVE: shown(Part.ACTIVE, self._active),
            Part.PRIORITY: shown(Part.PRIORITY, self._priority_word),
            Part.CONFIG: shown(Part.CONFIG, Cat(*zip(lower, edge, strict=True))),
            # Bit n of GICD_PPISR is PPI 16 + n (DDI 0438I Table 8-7).
            Part.LINES: Mux(self.banked, level[16:], level),
            Part.SGI_PENDING: shown(
                Part.SGI_PENDING, Cat(Cat(bits, C(0, 8 - cpus)) for bits in sgis)
            ),
        }
        with m.Switch(access.part.as_value()[:3]):
            for part, word in words.items():
                with m.Case(part.value):
                    m.d.comb += self.r_data.eq(word)
        if cpus > 1:
            own = (C(1, 8) << access.cpu)[:8]
            targets = Mux(self.banked, own.replicate(4), self._targets_word)
            with m.If(access.part == Part.TARGETS):
                m.d.comb += self.r_data.eq(shown(Part.TARGETS, targets))
        if self.config.security:
            with m.If(access.nsacr):
                m.d.comb += self.r_data.eq(self._nsacr_word)
