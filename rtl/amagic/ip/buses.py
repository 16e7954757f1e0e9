"""The buses that the IP can be had with: the bridge of each, and its ports' names.

The names are the bus's own, as the tools that assemble systems know them. They are part of what a
user builds on and stay as they are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from amaranth.lib import wiring
from amaranth.lib.wiring import In

from ..bus.apb import ApbBridge, ApbSignature
from ..bus.axi4lite import AxiLiteBridge, AxiLiteSignature
from ..bus.frame import CPU_WIDTH
from ..bus.wishbone import WishboneBridge, wishbone

__all__ = ["BUSES", "Bus"]

_CPU = "number of the CPU that makes the access"


@dataclass(frozen=True)
class Bus:
    """One bus.

    ``bridge`` makes the bridge for a frame port of so many address bits, and ``members`` its
    members on the bus's side. ``ports`` are these by path, with the port's name and what it is for.
    """

    title: str
    bridge: Callable[[int], wiring.Component]
    members: Callable[[int], dict[str, wiring.Member]]
    ports: Mapping[str, tuple[str, str]]


_AXI = {
    "awaddr": "byte address of a write",
    "awprot": "bit 1 is 0 for a Secure access; the others are ignored",
    "awuser": f"of a write: {_CPU}",
    "awvalid": "the write's address is there",
    "awready": "the write's address is taken",
    "wdata": "write data",
    "wstrb": "bytes to write",
    "wvalid": "the write's data are there",
    "wready": "the write's data are taken",
    "bresp": "OKAY, always",
    "bvalid": "the write has happened",
    "bready": "the write's response is taken",
    "araddr": "byte address of a read",
    "arprot": "bit 1 is 0 for a Secure access; the others are ignored",
    "aruser": f"of a read: {_CPU}",
    "arvalid": "the read's address is there",
    "arready": "the read's address is taken",
    "rdata": "read data",
    "rresp": "OKAY, always",
    "rvalid": "the read's data are there",
    "rready": "the read's data are taken",
}

_APB = {
    "paddr": "byte address",
    "pprot": "bit 1 is 0 for a Secure access; the others are ignored",
    "pauser": _CPU,
    "psel": "the transfer is for the GIC",
    "penable": "access phase",
    "pwrite": "1 for a write",
    "pwdata": "write data",
    "pstrb": "bytes to write",
    "pready": "the transfer ends",
    "prdata": "read data",
    "pslverr": "0, always",
}

BUSES: Mapping[str, Bus] = {
    "wishbone": Bus(
        "Wishbone, classic cycles",
        WishboneBridge,
        lambda width: {
            "wb": In(wishbone.Signature(addr_width=width - 2, data_width=32, granularity=8)),
            "cpu": In(CPU_WIDTH),
            "secure": In(1),
        },
        {
            "wb.cyc": ("wb_cyc_i", "bus cycle"),
            "wb.stb": ("wb_stb_i", "the access is for the GIC"),
            "wb.we": ("wb_we_i", "1 for a write"),
            "wb.adr": ("wb_adr_i", "address of the word: the byte address without its lowest bits"),
            "wb.sel": ("wb_sel_i", "bytes to write, or to read"),
            "wb.dat_w": ("wb_dat_i", "write data"),
            "wb.dat_r": ("wb_dat_o", "read data"),
            "wb.ack": ("wb_ack_o", "the access has happened"),
            "cpu": ("wb_cpu_i", _CPU),
            "secure": ("wb_secure_i", "1 for a Secure access"),
        },
    ),
    "axi4lite": Bus(
        "AXI4-Lite, with AWUSER and ARUSER",
        AxiLiteBridge,
        lambda width: {"axi": In(AxiLiteSignature(width))},
        {f"axi.{name}": (f"s_axil_{name}", doc) for name, doc in _AXI.items()},
    ),
    "apb": Bus(
        "APB4, with PAUSER of APB5",
        ApbBridge,
        lambda width: {"apb": In(ApbSignature(width))},
        {f"apb.{name}": (name, doc) for name, doc in _APB.items()},
    ),
}
"""The buses by the name that ``--bus`` takes."""
