"""What happens in a stream, counted in tables of rows and columns.

`domain` says which cells each table has. Nothing here looks at the target: what happens is what the
model says.
"""

from collections import Counter

from ..model import registers
from ..model.cpu_interface import ACK_CTL, CBPR, EOI_MODE, FIQ_EN, SPECIAL
from ..model.gic import GICH_ALIAS_SIZE, GICH_ALIASES
from ..model.list_registers import GROUP1, HW, PENDING, STATE
from ..replay.operation import (
    Access,
    Answer,
    Drive,
    Operation,
    Outputs,
    Race,
    ScriptConfig,
    parts,
)
from .causes import NAMES, cause, channel, condition, kind, known, named
from .cells import FRAMES, STATES, Cell, fields, register_map, value_class
from .places import MANY, SIZES, absent_behind, direct, last_there
from .security import SecurityWatch
from .simultaneous import met
from .stream import Interface, Source, Stream

__all__ = ["MAINTENANCE", "MISR", "Watch"]

MAINTENANCE = 25
MISR = ("EOI", "U", "LRENP", "NP", "VGrp0E", "VGrp0D", "VGrp1E", "VGrp1D")
_WINNERS = ("IAR", "AIAR", "HPPIR", "AHPPIR")
_ENDS = ("EOIR", "AEOIR", "DIR")
_GUEST_ENDS = ("GICV_EOIR", "GICV_AEOIR", "GICV_DIR")


_REGISTERS = register_map(*FRAMES)


def range_ends(config: ScriptConfig) -> dict[tuple[str, int], tuple[str, str]]:
    """By frame and offset, of what stands at an end of something: its name, and which end."""
    found = {(frame, size - 4): (frame, "last word") for frame, size in SIZES.items()}
    for frame in SIZES:
        for register in getattr(registers, frame):
            if register.count >= MANY:
                last = last_there(register, config)
                at = {register.count - 1: "last", last + 1: "behind what is there"}
                at |= {last: "last that is there", 0: "first"}
                if absent_behind(frame, register) is not None:
                    at[register.count] = "behind the last"
                for index, where in at.items():
                    if 0 <= index < register.count or where == "behind the last":
                        place = frame, register.offset + 4 * index
                        found[place] = f"{frame}_{register.name}", where
    return found


class Watch:
    """Sees every operation of a stream, and counts in ``seen``."""

    def __init__(self, stream: Stream, seen: Counter[Cell]):
        self._s = stream
        self._model = stream.model
        self._seen = seen
        self._banks = [(stream.model.distributor.shared, 0)]
        self._banks += [(bank, cpu) for cpu, bank in enumerate(stream.model.distributor.private)]
        self._last: dict[Source, str] = {}
        self._high = False
        self._ends = range_ends(stream.config)
        self._by_state = SecurityWatch(stream, seen) if stream.config.security else None
        self._begin()

    def _begin(self) -> None:
        """What there is now is what the next operation changes."""
        self._states = self._look()
        self._words = [list(gich.lrs.words) for gich in self._model.gich]
        self._misr = [gich.misr for gich in self._model.gich]
        self._outputs = self._model.outputs

    def _count(self, table: str, row: str, column: str) -> None:
        self._seen[table, row, column] += 1

    def _look(self) -> list[tuple[int, int, int]]:
        return [(bank.pending, bank.active, bank.edge) for bank, _ in self._banks]

    # Before an operation

    def before(self, operation: Operation) -> None:
        if isinstance(operation, Access):
            self._place(operation)
        operation = direct(operation, self._s.config.cpus)
        if self._by_state is not None:
            self._by_state.before(operation)
        if isinstance(operation, Drive):
            self._high = bool(self._s.level(Source(operation.intid, operation.cpu)))
        if self._is_non_secure(operation):
            return
        if isinstance(operation, Access) and operation.frame in ("GICC", "GICV"):
            name, _ = NAMES.get((operation.frame, operation.offset), ("", 0))
            key = Interface(operation.frame, operation.cpu)
            if operation.size == 4 and name in _WINNERS and operation.value is None:
                self._winner(key, name)
            elif operation.size == 4 and name in _ENDS and operation.value is not None:
                self._end(key, name, operation.value)

    def _place(self, access: Access) -> None:
        """Where an access goes: near an end of what there is, or to a CPU's GICH by its alias."""
        frame, offset = access.frame, access.offset & ~3
        verb = "read" if access.value is None else "write"
        if where := self._ends.get((frame, offset)):
            self._count("ranges", where[0], f"{verb} {where[1]}")
        if frame == "GICH" and offset >= GICH_ALIASES:
            cpu, offset = divmod(offset - GICH_ALIASES, GICH_ALIAS_SIZE)
            name, _ = NAMES.get((frame, offset), ("reserved", 0))
            whose = "own" if cpu == access.cpu else "another's"
            whose = "of no CPU" if cpu >= self._s.config.cpus else whose
            self._count("aliases", f"GICH_{name}", f"{verb} {whose}")

    def _winner(self, key: Interface, name: str) -> None:
        part, candidate = self._s.interface(key), self._s.candidate(key)
        if candidate is None:
            self._count("winners", f"{key.frame}_{name}", "nothing")
            return
        group, ctlr = candidate.group, part.ctlr
        running = part.running
        row = f"{key.frame}_{name} Group {group} AckCtl={int(bool(ctlr & ACK_CTL))}"
        column = condition(part, candidate)
        self._count("winners", row, column)
        if running is not None and column in ("does not preempt", "signalled"):
            point = part.bpr if not group or ctlr & CBPR else part.abpr
            which = "ABPR" if group and not ctlr & CBPR else "BPR"
            what = "preempts" if column == "signalled" else "held back"
            self._count("binary points", f"{key.frame} Group {group} {which}={point}", what)
        if column == "signalled" and name in ("IAR", "AIAR"):
            bits = (EOI_MODE, ACK_CTL, FIQ_EN, CBPR)
            modes = "".join(str(int(bool(ctlr & bit))) for bit in bits)
            if name == "AIAR" and group or name == "IAR" and (not group or ctlr & ACK_CTL):
                self._count("modes", f"{key.frame}_{name} Group {group}", modes)
                self._rivals(key)

    def _rivals(self, key: Interface) -> None:
        """What else waits when something is acknowledged."""
        candidate = self._s.candidate(key)
        if key.frame == "GICV":
            words = self._model.gich[key.cpu].lrs.words
            waiting = [word >> 23 & 31 for word in words if word & STATE == PENDING]
            equal = waiting.count(candidate.priority >> 3) > 1
            column = "alone" if len(waiting) == 1 else "equal" if equal else "a lower one"
            self._count("rivals", "GICV", column)
            return
        for source in self._s.episode.sources:
            if source.intid == candidate.intid or not self._s.pending(source):
                continue
            if self._s.active(source) or key.cpu not in self._s.targets(source):
                continue
            forwarded = self._model.distributor.enable >> self._s.group(source) & 1
            if self._s.enabled(source) and forwarded:
                equal = self._s.priority(source) == candidate.priority
                row = f"GICC {kind(candidate.intid)} before {kind(source.intid)}"
                self._count("rivals", row, "equal" if equal else "a lower one")
        if candidate.intid >= 32:
            others = [cpu for cpu in self._s.targets(Source(candidate.intid, 0)) if cpu != key.cpu]
            rival = any(
                (their := self._s.candidate(Interface("GICC", cpu))) is not None
                and their.intid == candidate.intid
                and self._model.gicc[cpu].signalled(their)
                for cpu in others
            )
            if rival:
                place = "a lower one" if key.cpu > min(others) else "equal"
                self._count("rivals", "GICC SPI that several CPUs could take", place)

    def _end(self, key: Interface, name: str, value: int) -> None:
        mode = int(bool(self._s.interface(key).ctlr & EOI_MODE))
        intid = value & 0x3FF
        column = known(self._s, key, value)
        if intid >= SPECIAL:
            column = "1020 to 1023"
        elif column == "never read" and key.frame == "GICC":
            if not self._s.bank(Source(intid, key.cpu)).present >> intid & 1:
                column = "not implemented"
        elif column == "never read":
            words = self._model.gich[key.cpu].lrs.words
            if not any(word & 0x3FF == intid and word & STATE for word in words):
                column = "no list register"
        self._count("ends", f"{key.frame}_{name} EOImode={mode}", column)

    # After an operation

    def after(self, operation: Operation, answer: Answer) -> None:
        operation = direct(operation, self._s.config.cpus)
        if self._by_state is not None:
            self._by_state.after(operation, answer)
        if isinstance(operation, Race):
            self._race(operation, answer)
            return
        if isinstance(operation, Access):
            self._register(operation, answer)
        if isinstance(operation, Access) and operation.frame in ("GICH", "GICV"):
            self._entries(operation)
        self._transitions(operation)
        self._signals(operation, answer.outputs)
        self._pairs(operation, answer)

    def _race(self, race: Race, answer: Answer) -> None:
        """What it did is not told by either part alone: only that they met, and the registers."""
        race = Race(race.gap, *(direct(part, self._s.config.cpus) for part in race[1:]))
        self._seen[met(race)] += 1
        for part, value in parts(race, answer):
            if isinstance(part, Access):
                self._register(part, Answer(value, answer.outputs))
        self._last.clear()
        self._begin()

    def _register(self, access: Access, answer: Answer) -> None:
        frame, offset, size, value = access.frame, access.offset, access.size, access.value
        reserved = f"{frame} reserved", (), ()
        name, rights, of = _REGISTERS.get((frame, offset & ~3), reserved)
        verb = "read" if value is None else "write"
        self._count("sizes", name, f"{verb} {size}")
        if size == 4 and verb in rights and not self._is_non_secure(access):
            word = answer.value if value is None else value
            for field, bits, ones in fields(name, of, word):
                self._count("values", field, f"{verb} {value_class(bits, ones)}")

    def _transitions(self, operation: Operation) -> None:
        states = self._look()
        if states == self._states:
            return
        what = cause(operation)
        for (_, cpu), old, new in zip(self._banks, self._states, states, strict=True):
            changed = (old[0] ^ new[0]) | (old[1] ^ new[1])
            while changed:
                bit = changed & -changed
                changed ^= bit
                intid = bit.bit_length() - 1
                a, b = (bool(state[0] & bit) + 2 * bool(state[1] & bit) for state in (old, new))
                if intid == MAINTENANCE:
                    here = self._model.gich[cpu].maintenance != self._outputs[cpu].maint
                    sort, why = "PPI 25", "maintenance" if here else what
                else:
                    trigger = "" if intid < 32 else " edge" if old[2] & bit else " level"
                    sort, why = f"{kind(intid)}{trigger}", what
                self._count("transitions", f"{sort}: {STATES[a]} to {STATES[b]}", why)
        self._states = states

    def _entries(self, access: Access) -> None:
        cpu = access.cpu
        words = self._model.gich[cpu].lrs.words
        old = self._words[cpu]
        if words == old:
            return
        what = cause(access)
        for before, after in zip(old, words, strict=True):
            if before != after:
                word = after if what == "GICH_LR" else before
                sort = "hardware" if word & HW else "SGI" if word & 0x3FF < 16 else "software"
                group = int(bool(word & GROUP1))
                a, b = (STATES[each >> 28 & 3] for each in (before, after))
                self._count("entries", f"{sort} Group {group}: {a} to {b}", what)
                if word & HW and what in _GUEST_ENDS:
                    self._forwarded(what, word >> 10 & 0x3FF, cpu)
        self._words[cpu] = list(words)

    def _forwarded(self, what: str, intid: int, cpu: int) -> None:
        """A guest's end deactivates a physical interrupt, or not."""
        self._follow(intid, cpu, "guest ends")
        bank = self._model.distributor.bank(intid, cpu)
        if intid >= SPECIAL or not bank.present >> intid & 1:
            self._count("forwarded", what, "1020 to 1023" if intid >= SPECIAL else "not there")
            return
        _, active, _ = self._states[1 + cpu if intid < 32 else 0]
        state = "active" if active >> intid & 1 else "not active"
        self._count("forwarded", f"{what} {kind(intid)} Group {bank.group >> intid & 1}", state)

    def _signals(self, operation: Operation, outputs: tuple[Outputs, ...]) -> None:
        way = channel(operation)
        if isinstance(operation, Access) and operation.frame in ("GICH", "GICV"):
            cpu = operation.cpu
            misr = self._model.gich[cpu].misr
            changed = misr ^ self._misr[cpu]
            for place, name in enumerate(MISR) if changed else ():
                if changed >> place & 1:
                    verb = "rises" if misr >> place & 1 else "falls"
                    self._count("maintenance", f"{name} {verb}", way)
            self._misr[cpu] = misr
        if outputs == self._outputs:
            return
        for old, new in zip(self._outputs, outputs, strict=True):
            if old != new:
                for name, a, b in zip(Outputs._fields, old, new, strict=True):
                    if a != b:
                        self._count("signals", f"{name} {'rises' if b else 'falls'}", way)
        self._outputs = outputs

    def _pairs(self, operation: Operation, answer: Answer) -> None:
        """What happened to an interrupt, and what happens to it next."""
        if isinstance(operation, Drive) and self._high == bool(operation.level):
            return
        what = cause(operation)
        for source in named(operation, answer):
            if self._is_non_secure(operation):
                self._last.pop(source, None)
            else:
                self._follow(source.intid, source.cpu, what)

    def _is_non_secure(self, operation: Operation) -> bool:
        """It sees less than there is, and may not reach what it names."""
        secure = not isinstance(operation, Access) or operation.secure
        return bool(self._s.config.security) and not secure and operation.frame in ("GICD", "GICC")

    def _follow(self, intid: int, cpu: int, what: str) -> None:
        if intid == MAINTENANCE or intid >= SPECIAL or what == "guest ends" and intid < 16:
            return
        source = Source(intid, cpu if intid < 32 else 0)
        last = self._last.get(source)
        if last is not None:
            self._count(f"sequences of a {kind(intid)}", last, what)
        self._last[source] = what
