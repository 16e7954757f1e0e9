"""Goals with the Security Extensions: software of each state, at what the other one has.

Each sets the scene by Secure accesses, and then makes an access of either state that tells whether
the rules are kept. Without the extensions there is no work for them.
"""

from ...model.cpu_interface import CBPR, ENABLE_GRP0, ENABLE_GRP1, EOI_MODE
from ...model.page import By
from ...model.secure_interface import EOI_MODE_NS
from ..stream import OFFSETS, Source, Stream

__all__ = ["drop", "fill", "open_row", "permit", "send", "uncover", "view"]

_SETS = {"ICENABLER": "ISENABLER", "ICPENDR": "ISPENDR", "ICACTIVER": "ISACTIVER"}
_CLEARS = {sets: clears for clears, sets in _SETS.items()}
_BYTES = ("IPRIORITYR", "ITARGETSR")
_SENT = ("SPENDSGIR", "CPENDSGIR")
_FIELDS = {"IGROUPR": 1, "ICFGR": 2, "NSACR": 2}


def _access(
    s: Stream, cpu: int, name: str, value: int | None = None, index: int = 0, *, secure: int = 1
) -> None:
    """A word of GICD, or of GICC where ``name`` says so, in a security state."""
    frame, _, register = name.rpartition("_")
    frame = frame or "GICD"
    s.access(cpu, frame, OFFSETS[frame, register] + 4 * index, 4, value, secure)


def _width(name: str) -> int:
    """How many bits a register of GICD has for each interrupt."""
    return 8 if name in (*_BYTES, *_SENT) else _FIELDS.get(name, 1)


def _set(s: Stream, source: Source, name: str, value: int) -> None:
    """A Secure write to an interrupt's field: of a register that keeps it, the others stay."""
    width = _width(name)
    cpu, each = s.reach(source), 32 // width
    index, place = source.intid // each, source.intid % each * width
    ones = (1 << width) - 1
    word = (value & ones) << place
    if name in (*_BYTES, *_FIELDS):
        whole = getattr(s.model.distributor, f"read_{name.lower()}")
        word |= whole(index, By(cpu)) & ~(ones << place)
    _access(s, cpu, name, word, index)


def _classify(s: Stream, source: Source) -> None:
    """The interrupt is mostly of Group 0, and something or nothing of it is permitted."""
    _set(s, source, "IGROUPR", s.one(0, 0, 0, 1))
    if not 16 <= source.intid < 32:
        _set(s, source, "NSACR", s.chance.randrange(4))


def permit(s: Stream) -> bool:
    """A Non-secure access to what GICD_NSACR permits of an interrupt, or does not."""
    source = s.pick(s.episode.sources)
    if not s.config.security:
        return False
    _classify(s, source)
    sgi = source.intid < 16
    names = [*_SETS, *_CLEARS, *_BYTES, *_FIELDS, *(_SENT if sgi else ())]
    name = s.pick(names)
    width, writes = _width(name), s.often(0.5)
    clears = name in _SETS or name == "CPENDSGIR"
    pending = sgi and name in ("ISPENDR", "ICPENDR", *_SENT)
    if pending:
        _set(s, source, "SPENDSGIR" if clears or not writes else "CPENDSGIR", 0xFF)
    elif name in _SETS or name in _CLEARS:
        sets = _SETS.get(name, name)
        _set(s, source, sets if clears or not writes else _CLEARS[sets], 1)
    cpu, each = s.reach(source), 32 // width
    index, place = source.intid // each, source.intid % each * width
    ones = (1 << width) - 1
    value = None
    if writes:
        kept = name in (*_BYTES, *_FIELDS)
        whole = getattr(s.model.distributor, f"read_{name.lower()}")(index, By(cpu)) if kept else 0
        value = whole ^ ones << place
    _access(s, cpu, name, value, index, secure=int(s.often(0.15)))
    if pending or "ACTIVE" in name:
        _set(s, source, "CPENDSGIR" if pending else "ICACTIVER", ones if pending else 1)
    return True


def send(s: Stream) -> bool:
    """GICD_SGIR by either state, to an SGI in whatever state, of either group."""
    sgis = [each for each in s.episode.sources if each.intid < 16]
    source = s.pick(sgis) or Source(s.chance.randrange(16), s.cpu())
    if not s.config.security:
        return False
    _classify(s, source)
    sender = s.one(source.cpu, s.cpu(), s.chance.randrange(s.config.cpus))
    way = s.chance.randrange(4)
    if way:
        _set(s, source, "CPENDSGIR", 0xFF)
    if way > 1:
        _set(s, source, "SPENDSGIR", s.one(1 << sender, 1 << s.chance.randrange(s.config.cpus)))
    if s.often(0.3):
        _set(s, source, s.one("ISACTIVER", "ISACTIVER", "ICACTIVER"), 1)
    how = s.one(0, 0, 2 if sender == source.cpu else 1)
    targets = 1 << source.cpu | (s.chance.randrange(256) if s.often(0.3) else 0)
    value = how << 24 | targets << 16 | s.one(0, 1) << 15 | source.intid
    secure = int(s.often(0.3))
    _access(s, sender, "SGIR", value, secure=secure)
    name = s.one("HPPIR", "AHPPIR")
    _access(s, source.cpu, f"GICC_{name}", secure=int(name == "AHPPIR" or s.often(0.5)))
    if s.often(0.5):
        _access(s, source.cpu, s.one(*_SENT), None, source.intid // 4, secure=int(s.often(0.5)))
    if s.active(source) and s.often(0.8):
        _set(s, source, "ICACTIVER", 1)
    return True


def drop(s: Stream) -> bool:
    """An end by either state, under any EOImodes, of what runs or of anything, while one register
    of active priorities has the higher one, or both have the same."""
    if not s.config.security:
        return False
    gicc = [each for each in s.interfaces() if each.frame == "GICC"]
    nested = [each for each in gicc if len(s.running[each]) > 1]
    key = s.pick(nested) or s.pick(gicc)
    cpu = key.cpu
    part, running, dropped = s.interface(key), s.running[key], s.dropped[key]
    modes = s.one(0, EOI_MODE, EOI_MODE_NS, EOI_MODE | EOI_MODE_NS)
    _access(s, cpu, "GICC_CTLR", part.ctlr & ~(EOI_MODE | EOI_MODE_NS) | modes)
    way = s.chance.randrange(4)
    bit = 1 << s.chance.randrange(32) % (1 << part.preemption_bits)
    if way == 0 or not running:
        _access(s, cpu, "GICC_APR", bit)
        _access(s, cpu, "GICC_NSAPR", s.one(bit, bit, 0, bit << 1 & 0xFFFF_FFFF))
    value = s.pick(s.episode.sources).intid
    if running and way:
        value = s.one(running[0], s.pick(running))
    elif dropped and way == 0:
        value = s.pick(dropped)
    _access(s, cpu, f"GICC_{s.one('EOIR', 'AEOIR', 'DIR')}", value, secure=s.one(0, 1))
    _access(s, cpu, f"GICC_{s.one('APR', 'APR', 'NSAPR', 'RPR')}")
    return True


def view(s: Stream, cpu: int) -> None:
    """Non-secure software reads and writes a banked register of GICC, where its view differs; a
    Secure access looks at what became of it, and has it as it was."""
    part, levels = s.model.gicc[cpu], 1 << s.model.gicc[cpu].preemption_bits
    name = s.one("CTLR", "PMR", "BPR", "ABPR", "APR", "NSAPR")
    bit = s.chance.randrange(levels)
    index = bit // 32 if name in ("APR", "NSAPR") else 0
    before = getattr(part, f"read_{name.lower()}")(index, By(cpu))
    ctlr, abpr = part.ctlr, part.abpr
    if name == "BPR":
        _access(s, cpu, "GICC_CTLR", s.one(ctlr, ctlr | CBPR, ctlr | CBPR))
    scene = {"CTLR": s.chance.randrange(0x800), "PMR": s.one(0, 0x40, 0x78, 0x80, 0xA0, 0xF0)}
    scene |= {"BPR": s.one(7, 7, s.chance.randrange(7)), "ABPR": s.chance.randrange(8)}
    _access(s, cpu, f"GICC_{name}", scene.get(name, 1 << bit % 32), index)
    for each in (name, "RPR") if name in ("APR", "NSAPR") else (name,):
        _access(s, cpu, f"GICC_{each}", None, index if each == name else 0, secure=0)
    if s.often(0.6):
        value = s.one(0, 0xFFFF_FFFF, s.chance.randrange(1 << 12))
        _access(s, cpu, f"GICC_{name}", value, index, secure=0)
        _access(s, cpu, "GICC_ABPR" if name == "BPR" else f"GICC_{name}", None, index)
    _access(s, cpu, f"GICC_{name}", before, index)
    if name == "BPR":
        _access(s, cpu, "GICC_CTLR", ctlr)
        _access(s, cpu, "GICC_ABPR", abpr)


def fill(s: Stream) -> bool:
    """Non-secure software sees every active priority at once, or an SGI of the last CPU."""
    if not s.config.security:
        return False
    cpu, sgi = s.cpu(), Source(0, s.cpu())
    if s.often(0.5):
        for value in (0xFFFF_FFFF, None, 0):
            _access(s, cpu, "GICC_APR", value, secure=0)
        return True
    _access(s, cpu, "CTLR", 3)
    _access(s, sgi.cpu, "GICC_CTLR", s.model.gicc[sgi.cpu].ctlr | 3)
    for name, value in (("IGROUPR", 1), ("IPRIORITYR", 0), ("ICACTIVER", 1), ("CPENDSGIR", 0xFF)):
        _set(s, sgi, name, value)
    _set(s, sgi, "SPENDSGIR", 1 << s.config.cpus - 1)
    _access(s, sgi.cpu, "GICC_HPPIR", secure=0)
    _access(s, sgi.cpu, "GICC_IAR", secure=s.one(0, 1))
    return True


def open_row(s: Stream) -> bool:
    """A whole row is of Group 1 and full of something, as both states see it."""
    if not s.config.security:
        return False
    cpu, row = s.cpu(), s.chance.randrange((31 + s.config.spis) // 32 + 1)
    before = s.model.distributor.read_igroupr(row, By(cpu))
    ones = 0xFFFF_FFFF
    _access(s, cpu, "IGROUPR", ones, row)
    name = s.one(*_CLEARS, "ICFGR", "ITARGETSR", "NSACR", "lines")
    if name == "lines":
        _lines(s, cpu, row)
    elif name in _CLEARS:
        _fill_row(s, cpu, row, name)
    else:
        index = row * _width(name) + s.chance.randrange(_width(name))
        if index < 255:
            old = getattr(s.model.distributor, f"read_{name.lower()}")(index, By(cpu))
            _access(s, cpu, name, ones, index, secure=s.one(0, 1))
            _access(s, cpu, name, None, index, secure=s.one(0, 1))
            _access(s, cpu, name, old, index)
    _access(s, cpu, "IGROUPR", before, row)
    return True


def _fill_row(s: Stream, cpu: int, row: int, name: str) -> None:
    sgis = range(4) if not row and name == "ISPENDR" else ()
    for index in sgis:
        _access(s, cpu, "SPENDSGIR", 0xFFFF_FFFF, index)
        _access(s, cpu, s.one(*_SENT), None, index, secure=s.one(0, 1))
    _access(s, cpu, name, 0xFFFF_FFFF, row, secure=s.one(0, 1))
    for each in (name, _CLEARS[name]):
        _access(s, cpu, each, None, row, secure=0)
    _access(s, cpu, _CLEARS[name], 0xFFFF_FFFF, row, secure=s.one(0, 1))
    for index in sgis:
        _access(s, cpu, "CPENDSGIR", 0xFFFF_FFFF, index, secure=s.one(0, 1))


def _lines(s: Stream, cpu: int, row: int) -> None:
    intids = range(max(32 * row, 16), min(32 * row + 32, 32 + s.config.spis))
    for level in (1, 0):
        for intid in intids:
            s.drive(Source(intid, 0 if row else cpu), level)
        name, index = ("SPISR", row - 1) if row else ("PPISR", 0)
        _access(s, cpu, name, None, index, secure=0)


def uncover(s: Stream) -> bool:
    """One CPU takes an SPI that another one could not, and behind which something waits there."""
    others = [cpu for cpu in range(s.config.cpus) if cpu != s.episode.cpus[0]]
    spis = [each for each in s.episode.sources if each.intid >= 32]
    if not s.config.security or not others or not spis:
        return False
    taker, other, spi = s.episode.cpus[0], s.pick(others), s.pick(spis)
    behind, off = Source(s.chance.randrange(16), other), s.one(0, 1)
    group = 1 - off
    for cpu, enables in ((taker, 3), (other, 3 & ~(1 << off))):
        kept = s.model.gicc[cpu].ctlr & ~(ENABLE_GRP0 | ENABLE_GRP1)
        _access(s, cpu, "GICC_CTLR", kept | enables | s.one(0, 8))
        _access(s, cpu, "GICC_PMR", 0xFF)
        for name in ("APR", "NSAPR"):
            for index in range(4):
                _access(s, cpu, f"GICC_{name}", 0, index)
    for source, priority, of in ((spi, 0, off), (behind, 0x40, group)):
        _set(s, source, "IGROUPR", of)
        _set(s, source, "IPRIORITYR", priority)
        _set(s, source, "ICACTIVER", 1)
    _set(s, spi, "ITARGETSR", 1 << taker | 1 << other)
    _set(s, spi, "ISENABLER", 1)
    _set(s, behind, "SPENDSGIR", 1)
    _set(s, spi, "ISPENDR", 1)
    name = s.one("IAR", "IAR", "AIAR") if off else "IAR"
    _access(s, taker, f"GICC_{name}", secure=int(not off or name == "AIAR"))
    return True
