"""Where everything stands in the system-on-chip: physical byte addresses.

The core caches every address whose bits [31:28] are not 0xB, 0xE or 0xF: the packaged Verilog
compares the physical address with exactly these values (``DBusCachedPlugin_mmuBus_rsp_isIoAccess``
in ``VexRiscv_Linux.v``). Registers with read side effects must not be fetched as cache lines, so
all devices live at 0xF0000000. The C header ``amagic_soc.h`` is made from this file.
"""

from dataclasses import dataclass

__all__ = [
    "GIC",
    "PROBE",
    "RAM_BASE",
    "RAM_UNCACHED_BASE",
    "RESET_VECTOR",
    "SYNC",
    "TIMER",
    "UART",
    "WINDOWS",
    "Window",
    "windows",
]


@dataclass(frozen=True)
class Window:
    """An aligned window of ``1 << addr_width`` bytes at ``base``."""

    name: str
    base: int
    addr_width: int
    doc: str = ""

    def __post_init__(self) -> None:
        if self.base % (1 << self.addr_width):
            raise ValueError(f"{self.name}: {self.base:#x} is not aligned to the window's size")
        if self.base >> 28 not in (0xB, 0xE, 0xF):
            raise ValueError(f"{self.name}: the core would cache {self.base:#x}")

    @property
    def size(self) -> int:
        return 1 << self.addr_width


RAM_BASE = 0x4000_0000
RESET_VECTOR = RAM_BASE
RAM_UNCACHED_BASE = 0xB000_0000
"""The same memory again, past the data caches: where harts share data. With several harts only."""

GIC = Window("GIC", 0xF000_0000, 15, "GIC-400's map: GICD 0x1000, GICC 0x2000, GICH 0x4000 ...")
TIMER = Window("TIMER", 0xF002_0000, 17, "the generic timer's frames")
UART = Window("UART", 0xF004_0000, 12, "the serial port")
PROBE = Window("PROBE", 0xF005_0000, 12, "the probe's registers and its buffer")
SYNC = Window("SYNC", 0xF006_0000, 12, "semaphores and doorbells; with several harts only")

WINDOWS = (GIC, TIMER, UART, PROBE, SYNC)


def windows(harts: int) -> tuple[Window, ...]:
    """The devices of a system with so many harts."""
    return WINDOWS if harts > 1 else tuple(window for window in WINDOWS if window is not SYNC)
