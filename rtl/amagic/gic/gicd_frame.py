"""The GICD frame: which register an access names, and what it asks of a row.

Accesses that touch no row's state (identification, reads of ``GICD_CTLR``, what is not there) are
answered here. The others become a transaction: they are decoded (`access_layout`), wait until the
distributor takes them, and end with its ``done``.

With the Security Extensions a Non-secure access finds nothing at ``GICD_IGROUPR`` and
``GICD_NSACR``, and ``EnableGrp1`` of ``GICD_CTLR`` in bit 0 (page GICD_CTLR). What it finds of a
row is in `view`.
"""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, enum, wiring
from amaranth.lib.wiring import In, Out

from ..bus.frame import CPU_WIDTH, FrameSignature
from ..registers.gic import GICD
from ..registers.model import Register
from .arbiter import encoded, lowest
from .config import GicConfig

__all__ = ["GicdFrame", "Part", "access_layout"]


class Part(enum.Enum, shape=4):
    """What of a row a register shows. The first eight can be read in any configuration."""

    GROUP = 0
    ENABLED = 1
    PENDING = 2
    ACTIVE = 3
    PRIORITY = 4
    CONFIG = 5
    LINES = 6
    SGI_PENDING = 7
    TARGETS = 8
    SGIR = 9
    CTLR = 10


def access_layout(config: GicConfig) -> data.StructLayout:
    """An access that is a transaction.

    ``row`` is that of the registers (``n`` of ``GICD_ISENABLER<n>``), ``word`` the word within a
    row's block of words. ``clear`` tells the register that clears bits from the one that sets
    them. ``bank`` is the CPU whose instance of row 0 is meant: the accessing one, but for the
    first target of an SGI, and for ``GICD_CTLR``. ``others`` are the SGI's further targets.

    With the Security Extensions there are also ``nonsecure``, the access's state, and ``nsacr``: it
    is to ``GICD_NSACR``, and ``part`` is one that no write changes.
    """
    fields = {
        "part": Part,
        "write": 1,
        "clear": 1,
        "cpu": CPU_WIDTH,
        "bank": CPU_WIDTH,
        "row": 5,
        "word": 3,
        "others": 8,
        "be": 4,
        "w_data": 32,
    }
    return data.StructLayout(fields | ({"nonsecure": 1, "nsacr": 1} if config.security else {}))


COMPONENT = (0x0D, 0xF0, 0x05, 0xB1)
"""Bytes of the component identification: PrimeCell, component class 0xF (as a GIC-400's)."""
ARCHITECTURE = 2
"""GICD_PIDR2[7:4]: GICv2."""


def identification(config: GicConfig) -> dict[int, int]:
    """Offset and value of every register that is constant.

    The peripheral identification is laid out as a GIC-400's, of which the architecture fixes
    PIDR2[7:4] alone. The part number is our choice: the product's.
    """
    typer = GICD.TYPER.pack(
        ITLinesNumber=config.spi_rows,
        CPUNumber=config.cpus - 1,
        SecurityExtn=int(config.security),
    )
    iidr = GICD.IIDR.pack(
        Implementer=config.implementer,
        Revision=config.revision,
        Variant=config.variant,
        ProductID=config.product,
    )
    code, continuation = config.implementer & 0x7F, config.implementer >> 8
    jedec = 0x8 if config.implementer else 0
    lower = (
        config.product,
        (code & 0xF) << 4,
        ARCHITECTURE << 4 | jedec | code >> 4,
        config.revision << 4,
    )
    constants = {GICD.TYPER.offset: typer, GICD.IIDR.offset: iidr, GICD.PIDR4.at(0): continuation}
    constants |= {GICD.PIDR0.at(index): value for index, value in enumerate(lower)}
    constants |= {GICD.CIDR0.at(index): value for index, value in enumerate(COMPONENT)}
    return constants


# Registers that show a part of a row, and how many of their address bits choose within a row.
_OF_ROWS: tuple[tuple[Register, Part, int], ...] = (
    (GICD.IGROUPR, Part.GROUP, 0),
    (GICD.ISENABLER, Part.ENABLED, 0),
    (GICD.ICENABLER, Part.ENABLED, 0),
    (GICD.ISPENDR, Part.PENDING, 0),
    (GICD.ICPENDR, Part.PENDING, 0),
    (GICD.ISACTIVER, Part.ACTIVE, 0),
    (GICD.ICACTIVER, Part.ACTIVE, 0),
    (GICD.IPRIORITYR, Part.PRIORITY, 3),
    (GICD.ITARGETSR, Part.TARGETS, 3),
    (GICD.ICFGR, Part.CONFIG, 1),
)
_CLEARING = frozenset(
    register.offset for register in (GICD.ICENABLER, GICD.ICPENDR, GICD.ICACTIVER, GICD.CPENDSGIR)
)


class GicdFrame(wiring.Component):
    """Decodes software's accesses to GICD.

    Members
    -------
    frame
        The accesses.
    group_enable
        ``GICD_CTLR`` bits 1 and 0, to be read.
    waiting, access, taken
        An access that is to become a transaction waits until it is taken; ``access`` is held
        until ``done``.
    done, r_data
        The transaction ends; what it read.
    """

    def __init__(self, config: GicConfig):
        self.config = config
        super().__init__(
            {
                "frame": In(FrameSignature(12)),
                "group_enable": In(2),
                "waiting": Out(1),
                "access": Out(access_layout(config)),
                "taken": In(1),
                "done": In(1),
                "r_data": In(32),
            }
        )

    def elaborate(self, platform):
        m = Module()
        frame = self.frame
        decoded = Signal(access_layout(self.config))
        is_transaction, constant = Signal(), Signal(32)
        busy = Signal()
        self._decode(m, decoded, is_transaction, constant)

        # What an access asks is registered; the data it brings is held by the initiator.
        held = Signal.like(decoded)
        m.d.comb += [
            self.access.eq(held),
            self.access.be.eq(frame.be),
            self.access.w_data.eq(frame.w_data),
        ]
        m.d.sync += frame.ack.eq(0)
        with m.If(busy):
            with m.If(self.taken):
                m.d.sync += self.waiting.eq(0)
            with m.If(self.done):
                m.d.sync += [busy.eq(0), frame.ack.eq(1), frame.r_data.eq(self.r_data)]
        with m.Elif((frame.r_stb | frame.w_stb) & ~frame.ack):
            m.d.sync += held.eq(decoded)
            with m.If(is_transaction):
                m.d.sync += [busy.eq(1), self.waiting.eq(1)]
            with m.Else():
                m.d.sync += [frame.ack.eq(1), frame.r_data.eq(constant)]
        return m

    def _at(self, register):
        """Whether the access is to the register, or to one of the array of registers."""
        span = 1 << max(2, (register.end - register.offset - 1).bit_length())
        assert register.offset % span == 0, f"{register.name} is not aligned to its size"
        return self.frame.addr & (0xFFF & ~(span - 1)) == register.offset

    def _decode(self, m, decoded, is_transaction, constant):
        frame, config = self.frame, self.config
        m.d.comb += [
            decoded.cpu.eq(frame.cpu),
            decoded.bank.eq(frame.cpu),
            decoded.write.eq(frame.w_stb),
            decoded.word.eq(frame.addr[2:5]),
            decoded.be.eq(frame.be),
            decoded.w_data.eq(frame.w_data),
        ]
        with m.If(frame.cpu < config.cpus):
            for offset, value in identification(config).items():
                with m.If(frame.addr == offset):
                    m.d.comb += constant.eq(value)
            self._decode_control(m, decoded, is_transaction, constant)
            for register, part, bits in _OF_ROWS:
                if part == Part.TARGETS and config.cpus == 1:
                    continue  # RAZ/WI: every SPI targets the one CPU
                with m.If(self._at(register)):
                    row = frame.addr[2 + bits :][:5]
                    self._asks(m, decoded, is_transaction, part, row)
                    m.d.comb += decoded.clear.eq(register.offset in _CLEARING)
            self._decode_sgis(m, decoded, is_transaction)
            # GICD_PPISR and GICD_SPISR stand as one array, a word for each row.
            lines = frame.addr & 0xF80 == GICD.PPISR.offset
            with m.If(lines & frame.r_stb):
                self._asks(m, decoded, is_transaction, Part.LINES, frame.addr[2:7])
            if config.security:
                self._decode_security(m, decoded, is_transaction, constant)

    def _asks(self, m, decoded, is_transaction, part, row):
        m.d.comb += [
            is_transaction.eq(row <= self.config.spi_rows),
            decoded.part.eq(part),
            decoded.row.eq(row),
        ]

    def _decode_control(self, m, decoded, is_transaction, constant):
        with m.If(self._at(GICD.CTLR)):
            m.d.comb += constant.eq(self.group_enable)
            with m.If(self.frame.w_stb & self.frame.be[0]):
                # Looks at all rows again, from the first on.
                self._asks(m, decoded, is_transaction, Part.CTLR, 0)
                m.d.comb += decoded.bank.eq(0)

    def _decode_security(self, m, decoded, is_transaction, constant):
        m.d.comb += decoded.nonsecure.eq(~self.frame.secure)
        with m.If(self._at(GICD.NSACR)):
            self._asks(m, decoded, is_transaction, Part.LINES, self.frame.addr[3:8])
            m.d.comb += decoded.nsacr.eq(1)
        with m.If(decoded.nonsecure):
            with m.If(self._at(GICD.CTLR)):
                m.d.comb += constant.eq(self.group_enable[1])
            with m.If(self._at(GICD.IGROUPR) | self._at(GICD.NSACR)):
                m.d.comb += is_transaction.eq(0)

    def _decode_sgis(self, m, decoded, is_transaction):
        frame, cpus = self.frame, self.config.cpus
        for register in (GICD.CPENDSGIR, GICD.SPENDSGIR):
            with m.If(self._at(register)):
                self._asks(m, decoded, is_transaction, Part.SGI_PENDING, 0)
                m.d.comb += decoded.clear.eq(register.offset in _CLEARING)

        sgi = Signal(GICD.SGIR.layout)
        own, targets, first = Signal(cpus), Signal(cpus), Signal(cpus)
        m.d.comb += [sgi.as_value().eq(frame.w_data), own.eq(1 << frame.cpu)]
        with m.Switch(sgi.TargetListFilter):
            with m.Case(0):
                m.d.comb += targets.eq(sgi.CPUTargetList)
            with m.Case(1):
                m.d.comb += targets.eq(~own)
            with m.Case(2):
                m.d.comb += targets.eq(own)
        m.d.comb += first.eq(lowest(targets))
        # Our choice: GICD_SGIR takes whole words alone, since half of one is half a command.
        with m.If(self._at(GICD.SGIR) & frame.w_stb & frame.be.all() & targets.any()):
            self._asks(m, decoded, is_transaction, Part.SGIR, 0)
            m.d.comb += [
                decoded.bank.eq(encoded(first)),
                decoded.others.eq(targets & ~first),
            ]
