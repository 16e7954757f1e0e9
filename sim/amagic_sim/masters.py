"""Initiators for the buses of the IP's top level, each as simple as its bus allows.

They make one access after another, in whole words. ``cycles`` is how many clock cycles the last one
took, from the first in which the bus carried it to the one in which it was answered.
"""

from cocotb.triggers import RisingEdge

__all__ = ["MASTERS", "Apb", "Axi", "Wishbone", "number"]

LIMIT = 200


def number(signal) -> int:
    """The value of a signal that has no undefined bits."""
    return int(str(signal.value), 2)


class _Master:
    def __init__(self, dut):
        self.dut = dut
        self.cycles = 0

    async def _until(self, signal) -> None:
        """Wait for an edge at which ``signal`` is 1."""
        for _ in range(LIMIT):
            await RisingEdge(self.dut.clk)
            self.cycles += 1
            if number(signal):
                return
        raise AssertionError(f"no {signal._name} in {LIMIT} cycles")


class Wishbone(_Master):
    async def _access(self, addr, data, cpu) -> int:
        d = self.dut
        self.cycles = 0
        d.wb_adr_i.value = addr >> 2
        d.wb_we_i.value = int(data is not None)
        d.wb_dat_i.value = data or 0
        d.wb_sel_i.value = 0xF
        d.wb_cpu_i.value = cpu
        d.wb_cyc_i.value = d.wb_stb_i.value = 1
        await self._until(d.wb_ack_o)
        d.wb_cyc_i.value = d.wb_stb_i.value = 0
        return number(d.wb_dat_o)

    async def read(self, addr: int, cpu: int = 0) -> int:
        return await self._access(addr, None, cpu)

    async def write(self, addr: int, data: int, cpu: int = 0) -> None:
        await self._access(addr, data, cpu)


class Axi(_Master):
    async def read(self, addr: int, cpu: int = 0) -> int:
        d = self.dut
        self.cycles = 0
        d.s_axil_araddr.value, d.s_axil_aruser.value = addr, cpu
        d.s_axil_arvalid.value = d.s_axil_rready.value = 1
        await self._until(d.s_axil_arready)
        d.s_axil_arvalid.value = 0
        if not number(d.s_axil_rvalid):
            await self._until(d.s_axil_rvalid)
        assert number(d.s_axil_rresp) == 0
        data = number(d.s_axil_rdata)
        d.s_axil_rready.value = 0
        return data

    async def write(self, addr: int, data: int, cpu: int = 0) -> None:
        d = self.dut
        self.cycles = 0
        d.s_axil_awaddr.value, d.s_axil_awuser.value = addr, cpu
        d.s_axil_wdata.value, d.s_axil_wstrb.value = data, 0xF
        d.s_axil_awvalid.value = d.s_axil_wvalid.value = d.s_axil_bready.value = 1
        await self._until(d.s_axil_awready)
        assert number(d.s_axil_wready)
        d.s_axil_awvalid.value = d.s_axil_wvalid.value = 0
        if not number(d.s_axil_bvalid):
            await self._until(d.s_axil_bvalid)
        assert number(d.s_axil_bresp) == 0
        d.s_axil_bready.value = 0


class Apb(_Master):
    async def _access(self, addr, data, cpu) -> int:
        d = self.dut
        self.cycles = 1
        d.paddr.value, d.pauser.value = addr, cpu
        d.pwrite.value, d.pwdata.value = int(data is not None), data or 0
        d.pstrb.value = 0xF if data is not None else 0
        d.psel.value, d.penable.value = 1, 0
        await RisingEdge(d.clk)
        d.penable.value = 1
        await self._until(d.pready)
        assert number(d.pslverr) == 0
        d.psel.value = d.penable.value = 0
        return number(d.prdata)

    async def read(self, addr: int, cpu: int = 0) -> int:
        return await self._access(addr, None, cpu)

    async def write(self, addr: int, data: int, cpu: int = 0) -> None:
        await self._access(addr, data, cpu)


MASTERS = {"wishbone": Wishbone, "axi4lite": Axi, "apb": Apb}
"""By the name of the bus, as `amagic.ip.IpConfig` takes it."""
