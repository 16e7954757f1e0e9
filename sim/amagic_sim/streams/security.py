"""What accesses of both security states meet in a stream, counted in tables of their own.

Whether an access may see or change something shows only where there is something to see or to
change. So an access of GICD is counted for an interrupt only if a Secure one would read other than
0 there, or would change it.
"""

from collections import Counter

from amagic.registers import GICC, GICD, Field

from ..model.cpu_interface import ACK_CTL, CBPR, EOI_MODE, FIQ_EN, SPECIAL
from ..model.interrupts import SGIS, Interrupts
from ..model.page import WORD, By
from ..model.secure_interface import EOI_MODE_NS, NON_SECURE_CTLR, UPPER_HALF
from ..model.sgi import Sgis
from ..replay.operation import Access, Answer, Operation, Outputs
from .causes import NAMES, condition, known
from .cells import STATES, Cell, fields, register_map, value_class
from .stream import Interface, Source, Stream

__all__ = ["BITS", "FILTERS", "NON_SECURE_FIELDS", "SecurityWatch", "states_of_an_sgi"]

WIDTHS = {"IPRIORITYR": 8, "ITARGETSR": 8, "SPENDSGIR": 8, "CPENDSGIR": 8, "ICFGR": 2, "NSACR": 2}
BITS = ("IGROUPR", "ISENABLER", "ICENABLER", "ISPENDR", "ICPENDR", "ISACTIVER", "ICACTIVER")
"""Registers of GICD with a bit for each interrupt."""
FILTERS = ("list", "others", "self")
_WINNERS = ("IAR", "AIAR", "HPPIR", "AHPPIR")
_ENDS = ("EOIR", "AEOIR", "DIR")
_STATE = ("Non-secure", "Secure")
_HALF = ("Group 1's half", "Group 0's half")


def _non_secure_fields() -> dict[str, tuple[Field, ...]]:
    """The fields of registers that have others for Non-secure accesses."""
    secure = {field.lsb: field for field in GICC.CTLR.all_fields}
    seen = tuple(Field(secure[bit].name, view) for view, bit in NON_SECURE_CTLR.items())
    return {"GICC_CTLR": seen, "GICD_CTLR": (Field("EnableGrp1", 0),)}


NON_SECURE_FIELDS = _non_secure_fields()
_REGISTERS = register_map(GICD, GICC)


def states_of_an_sgi() -> tuple[str, ...]:
    """What an SGI is at a target when it is sent, by whose it is if it is pending."""
    return (STATES[0], "pending from the sender", "pending from another", *STATES[2:])


class SecurityWatch:
    """Sees every operation of a stream for a GIC with the Security Extensions."""

    def __init__(self, stream: Stream, seen: Counter[Cell]):
        self._s = stream
        self._distributor = stream.model.distributor
        self._gicc = stream.model.gicc
        self._seen = seen
        self._outputs = stream.model.outputs

    def _count(self, table: str, row: str, column: str) -> None:
        self._seen[table, row, column] += 1

    # Before an operation

    def before(self, access: Operation) -> None:
        if not isinstance(access, Access) or access.frame not in ("GICD", "GICC"):
            return
        name, index = NAMES.get((access.frame, access.offset & ~3), ("", 0))
        if access.frame == "GICD":
            if name == "SGIR" and access.size == 4 and access.value is not None:
                self._sends(access)
            else:
                self._rows(access, name, index)
        elif access.size == 4:
            if name in _WINNERS and access.value is None:
                self._winner(access, name)
            elif name in _ENDS and access.value is not None:
                self._end(access, name)
            else:
                self._view(access, name)
        if access.size == 4 and name == "CTLR" and access.value is not None:
            self._control(access)

    def _winner(self, access: Access, name: str) -> None:
        state, part = _STATE[access.secure], self._gicc[access.cpu]
        candidate = self._s.candidate(Interface("GICC", access.cpu))
        if candidate is None:
            self._count("winners by state", f"{name} {state}", "nothing")
            return
        ack_ctl = int(bool(part.ctlr & ACK_CTL))
        group = candidate.group
        column = condition(part, candidate)
        self._count("winners by state", f"{name} {state} Group {group} AckCtl={ack_ctl}", column)
        aliased = name == "AIAR" if access.secure else name == "IAR"
        takes = group if aliased else access.secure and (not group or ack_ctl)
        if column == "signalled" and takes and name in ("IAR", "AIAR"):
            bits = (EOI_MODE, EOI_MODE_NS, ACK_CTL, FIQ_EN, CBPR)
            modes = "".join(str(int(bool(part.ctlr & bit))) for bit in bits)
            self._count("modes by state", f"{name} {state} Group {group}", modes)

    def _end(self, access: Access, name: str) -> None:
        state, part = _STATE[access.secure], self._gicc[access.cpu]
        key, value = Interface("GICC", access.cpu), (access.value or 0) & 0x1FFF
        intid = value & 0x3FF
        modes = "".join(f" {mode}={int(bool(part.ctlr & bit))}" for mode, bit in _MODES)
        bank = self._s.bank(Source(intid, access.cpu))
        if intid >= SPECIAL or not bank.present >> intid & 1:
            column = "1020 to 1023" if intid >= SPECIAL else "not implemented"
            self._count("ends by state", f"{name} {state}{modes}", column)
            return
        group = bank.group >> intid & 1
        column = known(self._s, key, value)
        self._count("ends by state", f"{name} {state}{modes} Group {group}", column)
        if name != "DIR":
            first, second = part.active
            highest = [bits & -bits for bits in part.active]
            if first and second:
                column = "equal" if highest[0] == highest[1] else "APR higher"
                column = "NSAPR higher" if highest[1] < highest[0] else column
            else:
                column = "APR alone" if first else "NSAPR alone" if second else "nothing"
            self._count("drops by state", f"{name} {state} Group {group}", column)

    def _view(self, access: Access, name: str) -> None:
        """What an access of a banked register meets."""
        part = self._gicc[access.cpu]
        row = f"GICC_{name} {_STATE[access.secure]} {_verb(access)}"
        if name == "PMR":
            self._count("views", row, _HALF[not part.pmr & UPPER_HALF])
        elif name == "RPR" and access.value is None:
            running = part.running
            self._count("views", row, "idle" if running is None else _HALF[running < UPPER_HALF])
        elif name in ("BPR", "ABPR"):
            column = "CBPR=0"
            if part.ctlr & CBPR:
                column = "CBPR=1 BPR=7" if part.bpr == 7 else "CBPR=1"
            self._count("views", row, column)
        elif name in ("APR", "NSAPR"):
            half = 1 << part.preemption_bits - 1
            words = (part.active[0], part.active[1] & (1 << half) - 1, part.active[1] >> half)
            for column, word in zip(_ACTIVE, words, strict=True):
                if word:
                    self._count("views", row, column)
            if not any(words):
                self._count("views", row, "nothing active")

    def _control(self, access: Access) -> None:
        """Which fields of GICD_CTLR or GICC_CTLR a write would change."""
        name = f"{access.frame}_CTLR"
        page = self._distributor if access.frame == "GICD" else self._gicc[access.cpu]
        old = page.read_ctlr(0, By(access.cpu, not access.secure))
        of = _REGISTERS[access.frame, 0][2] if access.secure else NON_SECURE_FIELDS[name]
        row = f"{name} {_STATE[access.secure]} write"
        elsewhere = access.value or 0
        for field in of:
            elsewhere &= ~field.mask
            if field.get((access.value or 0) ^ old):
                self._count("views", row, f"changes {field.name}")
        if elsewhere:
            self._count("views", row, "ones elsewhere")

    # Interrupts that an access of GICD names

    def _rows(self, access: Access, name: str, index: int) -> None:
        told = self._told(access, name, index)
        if not told:
            return
        bank, intid = told
        low, high = bank.non_secure_access
        levels = (~(low | high), low & ~high, high & ~low, low & high)
        state, verb = _STATE[access.secure], _verb(access)
        groups = {f"{state} Group 1": intid & bank.group}
        if access.secure:
            groups[f"{state} Group 0"] = intid & ~bank.group
        else:
            for level, bits in enumerate(levels):
                groups[f"{state} Group 0 NSACR={level}"] = intid & ~bank.group & bits
        kinds = {"SGI": SGIS, "PPI": SGIS << 16} if bank is not self._distributor.shared else {}
        for column, bits in groups.items():
            for sort, which in kinds.items() if bits else ():
                if bits & which:
                    self._count("fields by state", f"GICD_{name} {verb} {sort}", column)
            if bits and not kinds:
                self._count("fields by state", f"GICD_{name} {verb} SPI", column)
        if name == "IPRIORITYR":
            self._priorities(bank, intid, f"GICD_IPRIORITYR {state} {verb}")

    def _priorities(self, bank: Interrupts, named: int, row: str) -> None:
        while named:
            intid = (named & -named).bit_length() - 1
            named &= named - 1
            half = _HALF[bank.priority[intid] < UPPER_HALF]
            group = bank.group >> intid & 1
            self._count("views", row, f"Group 1, {half}" if group else "Group 0")

    def _told(self, access: Access, name: str, index: int) -> tuple[Interrupts, int] | None:
        """The bank, and the INTIDs for which an access shows whether it is permitted."""
        lines = {"PPISR": 0, "SPISR": index + 1}
        if name not in BITS and name not in WIDTHS and name not in lines:
            return None
        width = WIDTHS.get(name, 1)
        first = 32 * lines[name] if name in lines else 32 // width * index
        bank = self._distributor.bank(first, access.cpu)
        shift = 8 * (access.offset & 3)
        lanes = (1 << 8 * access.size) - 1 << shift
        word = getattr(self._distributor, f"read_{name.lower()}")(index, By(access.cpu))
        if access.value is not None:
            value = access.value << shift
            word = self._changes(name, index, bank, value, word, access.cpu)
        word &= lanes
        if width > 1:
            fields_set = range(32 // width)
            ones = (1 << width) - 1
            word = sum(1 << n for n in fields_set if word >> width * n & ones)
        named = word << first + (16 if name == "PPISR" else 0) & bank.present
        return (bank, named) if named else None

    def _changes(
        self, name: str, index: int, bank: Interrupts, value: int, old: int, cpu: int
    ) -> int:
        """The bits of a register's word that a Secure write of ``value`` changes."""
        if name in ("PPISR", "SPISR"):
            return 0
        if name in ("ICPENDR", "ISPENDR", "ICENABLER") and not index:
            value &= ~SGIS
        if name == "ICPENDR":
            old &= ~((bank.level & ~bank.edge) >> 32 * index)
        if name in ("ISENABLER", "ISPENDR", "ISACTIVER", "SPENDSGIR"):
            every = (1 << self._s.config.cpus) - 1
            return value & ~old & (every * 0x0101_0101 if name == "SPENDSGIR" else WORD)
        if name in ("ICENABLER", "ICPENDR", "ICACTIVER", "CPENDSGIR"):
            return value & old
        whole = {
            "ICFGR": 0xAAAA_AAAA if index >= 2 else 0,
            "NSACR": 0 if index == 1 else WORD,
            "IPRIORITYR": self._distributor.priority_mask * 0x0101_0101,
            "ITARGETSR": ((1 << self._s.config.cpus) - 1) * 0x0101_0101,
        }
        if name == "ITARGETSR" and (index < 8 or self._s.config.cpus == 1):
            return 0
        return (value ^ old) & whole.get(name, WORD)

    def _sends(self, access: Access) -> None:
        value, cpu = access.value or 0, access.cpu
        sgi, nsatt, how = value & 15, value >> 15 & 1, value >> 24 & 3
        for target in Sgis.targets(value, cpu, self._s.config.cpus):
            bank = self._distributor.private[target]
            group = bank.group >> sgi & 1
            row = f"{_STATE[access.secure]} NSATT={nsatt} Group {group}"
            if not access.secure and not group:
                low, high = (bits >> sgi & 1 for bits in bank.non_secure_access)
                row += f" NSACR={low + 2 * high}"
            sources = self._distributor.sgis[target].sources[sgi]
            column = STATES[bool(sources) + 2 * (bank.active >> sgi & 1)]
            if column == "pending":
                column = states_of_an_sgi()[1 if sources >> cpu & 1 else 2]
            self._count("SGIs by state", row, column)
            self._count("SGIs by state", row, FILTERS[how])

    # After an operation

    def after(self, operation: Operation, answer: Answer) -> None:
        if not isinstance(operation, Access):
            self._outputs = answer.outputs
            return
        frame, offset, size, value = operation[1:5]
        named = _REGISTERS.get((frame, offset & ~3))
        if (
            named is not None
            and size == 4
            and not operation.secure
            and _verb(operation) in named[1]
        ):
            word = answer.value if value is None else value
            of = NON_SECURE_FIELDS.get(named[0], named[2])
            for field, bits, ones in fields(named[0], of, word):
                column = f"{_verb(operation)} {value_class(bits, ones)}"
                self._count("values by state", field, column)
        if answer.outputs != self._outputs and frame in ("GICD", "GICC"):
            way = f"{frame} {_STATE[operation.secure]} {_verb(operation)}"
            for old, new in zip(self._outputs, answer.outputs, strict=True):
                for name, a, b in zip(Outputs._fields[:2], old, new, strict=False):
                    if a != b:
                        self._count("signals by state", f"{name} {'rises' if b else 'falls'}", way)
        self._outputs = answer.outputs


def _verb(access: Access) -> str:
    return "read" if access.value is None else "write"


_ACTIVE = ("APR", "NSAPR in Group 0's half", "NSAPR in Group 1's half")
_MODES = (("EOImodeS", EOI_MODE), ("EOImodeNS", EOI_MODE_NS))
