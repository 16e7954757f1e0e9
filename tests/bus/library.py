"""Initiators that others wrote, on the ports of the bridges.

They are cocotbext-axi's and cocotbext-wishbone's. They know no USER signal: a bench drives
``awuser``, ``aruser`` and ``pauser`` itself.
"""

from cocotbext.axi import ApbBus, ApbMaster, AxiLiteBus, AxiLiteMaster, AxiProt
from cocotbext.wishbone.driver import WishboneMaster

SECURE, NONSECURE = AxiProt(0), AxiProt.NONSECURE


class AxiLiteManager(AxiLiteMaster):
    """The library's, with its five channels by name."""

    def __init__(self, dut):
        super().__init__(AxiLiteBus.from_prefix(dut, "axi_"), dut.clk, dut.rst)
        self.channels = {
            "aw": self.write_if.aw_channel,
            "w": self.write_if.w_channel,
            "b": self.write_if.b_channel,
            "ar": self.read_if.ar_channel,
            "r": self.read_if.r_channel,
        }

    def pause(self, *channels: str) -> None:
        """Hold these channels back, and let the others go."""
        for name, channel in self.channels.items():
            channel.pause = name in channels


def apb_requester(dut) -> ApbMaster:
    return ApbMaster(ApbBus.from_prefix(dut, "apb_"), dut.clk, dut.rst)


def wishbone_master(dut) -> WishboneMaster:
    names = {name: name for name in ("cyc", "stb", "we", "adr", "ack")}
    names |= {"datwr": "dat_w", "datrd": "dat_r"}
    return WishboneMaster(dut, "wb_", dut.clk, timeout=1000, signals_dict=names)
