"""What can happen with Security Extensions: the cells of `security`'s tables, and rules."""

from collections.abc import Iterator

from amagic.registers import GICC, GICD

from .domain_values import non_secure_values
from .security import BITS, FILTERS, NON_SECURE_FIELDS, states_of_an_sgi

__all__ = ["MAKERS", "SECURITY_TABLES"]

SECURITY_TABLES = {
    "values by state": "What Non-secure accesses wrote to and read from each field of their view",
    "views": "What accesses of either state met in banked registers",
    "fields by state": "Interrupts that accesses of either state reached, or could not reach",
    "SGIs by state": "Writes of GICD_SGIR, by what the SGI is at the target, and by filter",
    "winners by state": "Reads of IAR and HPPIR, by what the distributor offered",
    "modes by state": "Acknowledges by EOImodeS, EOImodeNS, AckCtl, FIQEn and CBPR, in this order",
    "ends by state": "Writes of EOIR and DIR, by what they named",
    "drops by state": "Writes of EOIR, by what was active",
    "signals by state": "nIRQ and nFIQ: what changed them",
}
"""Each table, and what it tells."""

_STATE = ("Non-secure", "Secure")
_VERBS = ("read", "write")
_HALVES = ("Group 0's half", "Group 1's half")
_WI = "Non-secure accesses have no such bit"
Rows = Iterator[tuple[str, str, str | None]]


def _views() -> Rows:
    for state in _STATE:
        for verb in _VERBS:
            for half in _HALVES:
                yield f"GICC_PMR {state} {verb}", half, None
            for name in ("BPR", "ABPR"):
                for column in ("CBPR=0", "CBPR=1", "CBPR=1 BPR=7"):
                    yield f"GICC_{name} {state} {verb}", column, None
            for name in ("APR", "NSAPR"):
                active = ("APR", *(f"NSAPR in {half}" for half in _HALVES), "nothing active")
                for column in active:
                    yield f"GICC_{name} {state} {verb}", column, None
            row = f"GICD_IPRIORITYR {state} {verb}"
            yield row, "Group 0", None
            for half in _HALVES:
                yield row, f"Group 1, {half}", None
        for column in ("idle", *_HALVES):
            yield f"GICC_RPR {state} read", column, None
        for frame in (GICC, GICD):
            name = f"{frame.name}_CTLR"
            own = {field.name for field in NON_SECURE_FIELDS[name]}
            for field in frame.CTLR.all_fields:
                hidden = state == "Non-secure" and field.name not in own
                yield f"{name} {state} write", f"changes {field.name}", _WI if hidden else None
            yield f"{name} {state} write", "ones elsewhere", None


_KINDS = ("SGI", "PPI", "SPI")
_ONLY = {"PPISR": ("PPI",), "SPISR": ("SPI",), "SPENDSGIR": ("SGI",), "CPENDSGIR": ("SGI",)}
_ROWS = {
    **dict.fromkeys((*BITS, "IPRIORITYR", "ITARGETSR", "ICFGR", "NSACR"), _VERBS),
    **dict.fromkeys(("SPENDSGIR", "CPENDSGIR"), _VERBS),
    **dict.fromkeys(("PPISR", "SPISR"), ("read",)),
}


def _fields() -> Rows:
    columns = [f"{state} Group 1" for state in _STATE] + ["Secure Group 0"]
    columns += [f"Non-secure Group 0 NSACR={level}" for level in range(4)]
    for name, verbs in _ROWS.items():
        for verb in verbs:
            for kind in _ONLY.get(name, _KINDS):
                for column in columns:
                    yield f"GICD_{name} {verb} {kind}", column, _no_field(name, verb, kind, column)


def _no_field(name: str, verb: str, kind: str, column: str) -> str | None:
    level = column[-1] if "NSACR" in column else None
    if kind == "PPI" and level not in (None, "0"):
        return "PPIs have no field in GICD_NSACR"
    if name == "NSACR" and kind == "PPI":
        return "PPIs have no field in GICD_NSACR"
    if name == "NSACR" and verb == "read" and level == "0":
        return "there is nothing to see"
    if name == "IGROUPR" and verb == "read" and "Group 0" in column:
        return "there is nothing to see"
    if verb == "write":
        if kind == "SGI" and name in ("ISENABLER", "ICENABLER"):
            return "SGIs are always enabled"
        if kind == "SGI" and name in ("ISPENDR", "ICPENDR"):
            return "SGIs ignore it"
        if kind != "SPI" and name in ("ITARGETSR", "ICFGR"):
            return "it is fixed for SGIs and PPIs"
    return None


def _sgis() -> Rows:
    rows = [f"Secure NSATT={nsatt} Group {group}" for nsatt in (0, 1) for group in (0, 1)]
    for nsatt in (0, 1):
        rows.append(f"Non-secure NSATT={nsatt} Group 1")
        rows += [f"Non-secure NSATT={nsatt} Group 0 NSACR={level}" for level in range(4)]
    for row in rows:
        for column in (*states_of_an_sgi(), *FILTERS):
            yield row, column, None


def _winners() -> Rows:
    for name in ("IAR", "AIAR", "HPPIR", "AHPPIR"):
        for state in _STATE:
            yield f"{name} {state}", "nothing", None
            for group in (0, 1):
                for ack_ctl in (0, 1):
                    for column in ("group off", "not above PMR", "does not preempt", "signalled"):
                        yield f"{name} {state} Group {group} AckCtl={ack_ctl}", column, None


def _modes() -> Rows:
    for row in ("IAR Secure Group 0", "IAR Secure Group 1", "AIAR Secure Group 1"):
        for bits in range(32):
            modes = f"{bits:05b}"
            hidden = row == "IAR Secure Group 1" and modes[2] == "0"
            yield row, modes, "without AckCtl IAR reads 1022" if hidden else None
    for bits in range(32):
        yield "IAR Non-secure Group 1", f"{bits:05b}", None


_ENDS = ("EOIR", "AEOIR", "DIR")


def _ends() -> Rows:
    for name in _ENDS:
        for state in _STATE:
            for mode in range(4):
                row = f"{name} {state} EOImodeS={mode >> 1} EOImodeNS={mode & 1}"
                yield row, "not implemented", None
                yield row, "1020 to 1023", None
                for group in (0, 1):
                    for column in ("latest", "outer", "dropped", "never read"):
                        yield f"{row} Group {group}", column, None


def _drops() -> Rows:
    columns = ("APR alone", "NSAPR alone", "APR higher", "NSAPR higher", "equal", "nothing")
    for name in ("EOIR", "AEOIR"):
        for state in _STATE:
            for group in (0, 1):
                for column in columns:
                    yield f"{name} {state} Group {group}", column, None


def _signals() -> Rows:
    for output in ("nirq", "nfiq"):
        for verb in ("rises", "falls"):
            for state in _STATE:
                for way in ("GICC read", "GICC write", "GICD write"):
                    frame, does = way.split()
                    rule = None
                    if (output, verb, way, state) == ("nfiq", "falls", "GICC read", "Non-secure"):
                        rule = "it takes nothing of Group 0"
                    yield f"{output} {verb}", f"{frame} {state} {does}", rule


MAKERS = {
    "values by state": non_secure_values,
    "views": _views,
    "fields by state": _fields,
    "SGIs by state": _sgis,
    "winners by state": _winners,
    "modes by state": _modes,
    "ends by state": _ends,
    "drops by state": _drops,
    "signals by state": _signals,
}
"""Of each table: what yields its cells, each with its rule."""
