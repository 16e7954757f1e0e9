"""The CPU: VexRiscv from PyPI, with an edit that makes it fit for a hypervisor.

The core is the ``VexRiscv_Linux`` variant of the package ``pythondata_cpu_vexriscv`` (the
package's licence is MIT, as is VexRiscv's): machine, supervisor and user mode, Sv32, Wishbone.
Its Verilog is read from the installed package when the design is built and never copied into the
project. The host runs in M mode, guests in S and U mode.

The edit has three parts. The file is pinned by its SHA-256, and each replacement by the number of
its matches: another version of the package is an error, not a silently missing edit.

1. Stock, S mode writes ``satp``, and reads and writes the supervisor's external interrupt mask
   (0x9C0) and sees its pending bits (0xDC0). A guest would leave the host's map, or see the host's
   interrupt wiring. The edit makes each access to these below M mode an illegal instruction.
2. Stock, ``sstatus`` bit 17 is ``mstatus.MPRV``: a guest that sets it and traps makes the host's
   loads and stores go through the guest's map. The edit keeps it 0.
3. The privilege level and the last pipeline stage become ports, for the probe.

A core that is one of several has a fourth: stock, ``mhartid`` is 0 on each; it becomes a port.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from amaranth import ClockSignal, Instance, Module, ResetSignal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..bus.frame import CPU_WIDTH
from ..parameters import check_range
from .fabric import bus_signature

__all__ = [
    "CORE_EDITS",
    "CORE_MODULE",
    "CORE_SHA256",
    "HART_EDITS",
    "Cpu",
    "CpuProbeSignature",
    "Edit",
    "EditError",
    "core_edits",
    "core_verilog",
    "stock_verilog",
]

CORE_FILE = "VexRiscv_Linux.v"
CORE_SHA256 = "59aba4e730ffd4f7d430650f172e6ea1e3148c17117a4a73fdfe18ae0004e548"
CORE_MODULE = "amagic_vexriscv"
"""Name of the edited core's module, and prefix of its caches' names: the stock names are too
general to stand in a larger design."""


class EditError(ValueError):
    """The packaged core is not the one that the edit was written for."""


@dataclass(frozen=True)
class Edit:
    """One replacement in the core's text: ``old`` must occur exactly ``count`` times."""

    name: str
    old: str
    new: str
    count: int = 1

    def apply(self, text: str) -> str:
        """The text with the replacement made; `EditError` when the count differs."""
        found = text.count(self.old)
        if found != self.count:
            raise EditError(
                f"the edit {self.name!r} of {CORE_FILE} expects its text {self.count} times, "
                f"and finds it {found} times: {self.old!r}"
            )
        return text.replace(self.old, self.new)


_VIOLATION = "CsrPlugin_privilege < execute_CsrPlugin_csrAddress[9 : 8]"

_NAMING = (
    Edit("module name", "\nmodule VexRiscv (", f"\nmodule {CORE_MODULE} ("),
    Edit("module name", "\nmodule DataCache (", f"\nmodule {CORE_MODULE}_dcache ("),
    Edit("module name", "\nmodule InstructionCache (", f"\nmodule {CORE_MODULE}_icache ("),
    Edit("cache's name", "\n  DataCache dataCache_1 (", f"\n  {CORE_MODULE}_dcache dataCache_1 ("),
    Edit(
        "cache's name",
        "\n  InstructionCache IBusCachedPlugin_cache (",
        f"\n  {CORE_MODULE}_icache IBusCachedPlugin_cache (",
    ),
)

_OBSERVATION = (
    Edit(
        "observation ports",
        "  input               clk,\n  input               reset\n);\n"
        "  wire                IBusCachedPlugin_cache_io_flush;\n",
        "  output     [1:0]    probe_privilege,\n"
        "  output     [31:0]   probe_pc,\n"
        "  output              probe_retire,\n"
        "  input               clk,\n  input               reset\n);\n"
        "  wire                IBusCachedPlugin_cache_io_flush;\n",
    ),
    Edit(
        "observation ports",
        "  assign lastStageIsFiring = writeBack_arbitration_isFiring;\n",
        "  assign lastStageIsFiring = writeBack_arbitration_isFiring;\n"
        "  assign probe_privilege = CsrPlugin_privilege;\n"
        "  assign probe_pc = lastStagePc;\n"
        "  assign probe_retire = lastStageIsFiring;\n",
    ),
)

_ISOLATION = (
    Edit(
        "CSRs kept from S mode",
        f"assign when_CsrPlugin_l1297 = ({_VIOLATION});",
        f"assign when_CsrPlugin_l1297 = (({_VIOLATION}) || ((CsrPlugin_privilege != 2'b11) && "
        "((execute_CsrPlugin_csr_384 || execute_CsrPlugin_csr_2496) || "
        "execute_CsrPlugin_csr_3520)));",
    ),
    Edit(
        "MPRV stays 0",
        "MmuPlugin_status_mprv <= CsrPlugin_csrMapping_writeDataSignal[17];",
        "MmuPlugin_status_mprv <= 1'b0;",
        count=2,
    ),
)

CORE_EDITS = _NAMING + _OBSERVATION + _ISOLATION
"""Every replacement of the edit, in order, for a core that is alone."""

HART_EDITS = (
    Edit(
        "hart ID",
        "  input      [31:0]   externalResetVector,\n",
        "  input      [31:0]   externalResetVector,\n  input      [31:0]   hartId,\n",
    ),
    Edit(
        "hart ID",
        "  assign _zz_CsrPlugin_csrMapping_readDataInit_28 = 32'h0;\n",
        "  assign _zz_CsrPlugin_csrMapping_readDataInit_28 = "
        "(execute_CsrPlugin_csr_3860 ? hartId : 32'h0);\n",
    ),
)
"""What is added to them for a core that is one of several."""

STOCK_EDITS = _NAMING + _OBSERVATION
"""Without isolation: only for the test that shows what the isolating part is good for."""


def stock_verilog() -> str:
    """The packaged core's text, unchanged. `EditError` when it is missing or not the pinned one."""
    try:
        from pythondata_cpu_vexriscv import data_location
    except ImportError as error:
        raise EditError("the package pythondata-cpu-vexriscv is not installed") from error
    try:
        data = (Path(data_location) / CORE_FILE).read_bytes()
    except OSError as error:
        raise EditError(f"pythondata-cpu-vexriscv has no {CORE_FILE}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != CORE_SHA256:
        raise EditError(
            f"{CORE_FILE} of the installed pythondata-cpu-vexriscv has SHA-256 {found}, not the "
            f"pinned {CORE_SHA256}: install the locked version, or write the edit anew for this one"
        )
    return data.decode("utf-8")


def core_edits(harts: int) -> tuple[Edit, ...]:
    """The edits of the core of a system with so many harts."""
    return CORE_EDITS + (HART_EDITS if harts > 1 else ())


def core_verilog(edits: tuple[Edit, ...] = CORE_EDITS) -> str:
    """The core's Verilog with the edits made. `EditError` as `stock_verilog` and `Edit.apply`."""
    text = stock_verilog()
    for edit in edits:
        text = edit.apply(text)
    return text


class CpuProbeSignature(wiring.Signature):
    """What the core shows the probe, seen from the core.

    Members
    -------
    privilege
        0 user, 1 supervisor, 3 machine.
    pc, retire
        The address of the instruction in the last pipeline stage; ``retire`` is 1 in the one cycle
        in which it completes (an instruction that traps, or is replayed, does not).
    """

    def __init__(self):
        super().__init__({"privilege": Out(2), "pc": Out(32), "retire": Out(1)})

    def __eq__(self, other):
        return isinstance(other, CpuProbeSignature)


class Cpu(wiring.Component):
    """One hart.

    Parameters
    ----------
    reset_vector : int
        The first instruction's address.
    hart, harts : int
        The hart's ID, and how many harts there are, 1 to 8.

    Members
    -------
    ibus, dbus
        Wishbone initiators, 32 bits wide. A cache line is fetched as an incrementing burst of eight
        words; everything else is a classic cycle. The core ignores bus errors: every access must
        be acknowledged.
    irq, virq
        Level-sensitive: the host's external interrupt (M mode, bit 0 of the masks 0xBC0 and
        0x9C0), and the guest's (S mode, bit 1).
    software_irq
        The software interrupt (mip.MSIP), level-sensitive. Of a core that is alone it is 0.
    probe
        See `CpuProbeSignature`.
    """

    def __init__(self, reset_vector: int, hart: int = 0, harts: int = 1):
        if not 0 <= reset_vector < 1 << 32 or reset_vector % 4:
            raise ValueError(f"reset_vector must be a 32-bit multiple of 4, not {reset_vector:#x}")
        check_range("harts", harts, 1, 1 << CPU_WIDTH)
        check_range("hart", hart, 0, harts - 1)
        self._reset_vector = reset_vector
        self._hart, self._harts = hart, harts
        bus = bus_signature()
        super().__init__(
            {
                "ibus": Out(bus),
                "dbus": Out(bus),
                "irq": In(1),
                "virq": In(1),
                "software_irq": In(1),
                "probe": Out(CpuProbeSignature()),
            }
        )

    def elaborate(self, platform):
        m = Module()
        alone = self._harts == 1
        if platform is not None:
            platform.add_file(f"{CORE_MODULE}.v", core_verilog(core_edits(self._harts)))
        buses = {}
        for prefix, bus in (("iBusWishbone", self.ibus), ("dBusWishbone", self.dbus)):
            buses |= {
                f"o_{prefix}_CYC": bus.cyc,
                f"o_{prefix}_STB": bus.stb,
                f"o_{prefix}_WE": bus.we,
                f"o_{prefix}_ADR": bus.adr,
                f"o_{prefix}_DAT_MOSI": bus.dat_w,
                f"o_{prefix}_SEL": bus.sel,
                f"o_{prefix}_CTI": bus.cti,
                f"o_{prefix}_BTE": bus.bte,
                f"i_{prefix}_ACK": bus.ack,
                f"i_{prefix}_DAT_MISO": bus.dat_r,
                f"i_{prefix}_ERR": 0,
            }
        m.submodules.core = Instance(
            CORE_MODULE,
            i_clk=ClockSignal(),
            i_reset=ResetSignal(),
            i_externalResetVector=self._reset_vector,
            i_timerInterrupt=0,
            i_softwareInterrupt=0 if alone else self.software_irq,
            i_externalInterruptArray=self.irq | (self.virq << 1),
            o_probe_privilege=self.probe.privilege,
            o_probe_pc=self.probe.pc,
            o_probe_retire=self.probe.retire,
            **({} if alone else {"i_hartId": self._hart}),
            **buses,
        )
        return m
