"""The values that each field can have: the cells of the tables of values, and their rules."""

from collections.abc import Iterator, Mapping

from amagic.registers import GICC, GICD, Field, Frame

from .cells import FRAMES, does, fields, names
from .security import NON_SECURE_FIELDS

__all__ = ["non_secure_values", "values"]

_CONSTANT = {
    "GICD_TYPER.LSPI": {"0"},
    **dict.fromkeys(("GICD_IIDR.Implementer", "GICD_IIDR.Revision", "GICD_IIDR.Variant"), {"0"}),
    "GICD_IIDR.ProductID": {"other"},
    "GICD_PIDR4": {"0"},
    "GICD_PIDR0": {"0", "other"},
    "GICD_CIDR0": {"other"},
    **{f"{f}_IIDR.{n}": {"0"} for f in ("GICC", "GICV") for n in ("Implementer", "Revision")},
    **{f"{f}_IIDR.Architecture_version": {"other"} for f in ("GICC", "GICV")},
    **{f"{f}_IIDR.ProductID": {"other"} for f in ("GICC", "GICV")},
    **{f"GICH_VTR.{name}": {"other"} for name in ("PREbits", "PRIbits")},
    "GICD_ITARGETSR of a CPU": {"0", "other"},
    "GICD_ICFGR of a CPU": {"other"},
}
"""What reads as one class of values in all configurations."""
_NEVER_READ = {
    ("GICC_ABPR.Binary_Point", "0"): "its minimum is that of BPR and one more",
    ("GICV_ABPR.Binary_Point", "0"): "its minimum is that of BPR and one more",
    ("GICV_BPR.Binary_Point", "0"): "with five priority bits its minimum is 2",
    ("GICH_VMCR.VMBP", "0"): "with five priority bits its minimum is 2",
    ("GICH_VMCR.VMABP", "0"): "with five priority bits its minimum is 3",
    ("GICV_PMR.Priority", "ones"): "with five priority bits [2:0] read 0",
    ("GICD_PPISR", "ones"): "bits [31:16] are reserved",
    ("GICD_ISENABLER of a CPU", "0"): "SGIs are always enabled",
    ("GICD_ICENABLER of a CPU", "0"): "SGIs are always enabled",
    ("GICD_NSACR of a CPU", "ones"): "RAZ/WI with one security state",
    ("GICD_NSACR of a CPU", "other"): "RAZ/WI with one security state",
    ("GICD_NSACR of SPIs", "ones"): "RAZ/WI with one security state",
    ("GICD_NSACR of SPIs", "other"): "RAZ/WI with one security state",
    ("GICV_RPR.Priority", "ones"): None,
}

_HIDDEN = "RAZ/WI to Non-secure accesses"
_NON_SECURE = {
    **dict.fromkeys(
        (
            "GICC_ABPR.Binary_Point",
            "GICC_AIAR.INTID",
            "GICC_AIAR.CPUID",
            "GICC_AHPPIR.INTID",
            "GICC_AHPPIR.CPUID",
            "GICC_NSAPR",
            "GICD_IGROUPR of a CPU",
            "GICD_IGROUPR of SPIs",
            "GICD_NSACR of a CPU",
            "GICD_NSACR of SPIs",
        ),
        _HIDDEN,
    ),
    ("GICC_PMR.Priority", "ones"): "[0] of a shifted priority reads 0",
    ("GICD_IPRIORITYR of a CPU", "ones"): "[0] of a shifted priority reads 0",
    ("GICD_IPRIORITYR of SPIs", "ones"): "[0] of a shifted priority reads 0",
    ("GICC_BPR.Binary_Point", "0"): "its minimum is that of the Secure one and one more",
    ("GICD_ICFGR of a CPU", "0"): None,
    ("GICD_ISENABLER of a CPU", "0"): None,
    ("GICD_ICENABLER of a CPU", "0"): None,
    ("GICD_TYPER.SecurityExtn", "0"): "the same in all configurations",
    ("GICD_TYPER.SecurityExtn", "ones"): None,
}
"""What reads only as 0 to Non-secure accesses; and values for which another rule holds."""


def _cells(
    frames: tuple[Frame, ...], other_fields: Mapping[str, tuple[Field, ...]]
) -> Iterator[tuple[str, str, str]]:
    """Each field, what is done, and the class of its value."""
    for frame in frames:
        for register in frame:
            for name in names(register):
                of = other_fields.get(name, register.all_fields)
                # With HW = 0 and HW = 1 a list register has different fields.
                both = fields(name, of, 0) + fields(name, of, 1 << 31)
                for field, ones in sorted({(field, ones) for field, _, ones in both}):
                    for verb in does(register):
                        for value in ("0", "ones") + (("other",) if ones > 1 else ()):
                            yield field, verb, value


def values(security: frozenset[int]) -> Iterator[tuple[str, str, str | None]]:
    """Of Secure accesses, or of those where there is one security state."""
    for field, verb, value in _cells(FRAMES, {}):
        yield field, f"{verb} {value}", _no_value(field, verb, value, security)


def non_secure_values() -> Iterator[tuple[str, str, str | None]]:
    for field, verb, value in _cells((GICD, GICC), NON_SECURE_FIELDS):
        yield field, f"{verb} {value}", _no_non_secure_value(field, verb, value)


def _no_value(field: str, verb: str, value: str, security: frozenset[int]) -> str | None:
    if verb == "write" or field.startswith("GICD_NSACR") and 1 in security:
        return None
    if field == "GICD_TYPER.SecurityExtn":
        has = {"0": 0, "ones": 1}[value] in security
        return None if has else "the same in all configurations"
    if (field, value) == ("GICC_CTLR.EOImodeNS", "ones") and 1 not in security:
        return "with the Security Extensions alone"
    constant = _CONSTANT.get(field)
    if constant is not None and value not in constant:
        return "the same in all configurations"
    return _NEVER_READ.get((field, value))


def _no_non_secure_value(field: str, verb: str, value: str) -> str | None:
    if verb == "write":
        return None
    if field in _NON_SECURE:
        return None if value == "0" else _NON_SECURE[field]
    if (field, value) in _NON_SECURE:
        return _NON_SECURE[field, value]
    return _no_value(field, verb, value, frozenset({1}))
