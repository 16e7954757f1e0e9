"""What the benches of the Security Extensions share."""

from gic_peer import CONFIG, Gic, begin

CPUS = range(CONFIG.cpus)
LAST_CPU = CPUS[-1]
ALL = 0xFFFFFFFF
GROUPS = 0xA5A5C3C3
"""IGROUPR1 in most tests: SPIs of both groups, side by side."""
FIRST, SECOND = 32, 34
"""Two SPIs: of Group 1 and, in `GROUPS`, of Group 0."""
PMASK = 0xFF & ~((1 << 8 - CONFIG.priority_bits) - 1)
LOWER = PMASK << 1 & 0xFF
"""The bits of a priority that a Non-secure access sees."""
SGI = 5


async def grouped(dut) -> Gic:
    """A GIC with SPIs of both groups, and nothing forwarded."""
    gic = await begin(dut)
    await gic.write("GICD_CTLR", 0)
    await gic.write("GICD_IGROUPR1", GROUPS)
    return gic
