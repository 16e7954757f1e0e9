"""A Wishbone initiator for benches: classic cycles, and incrementing bursts as the core makes."""

from cocotb.triggers import RisingEdge

CLASSIC, INCREMENTING, END = 0, 2, 7
SIGNALS = ("adr", "dat_w", "dat_r", "sel", "cyc", "stb", "we", "ack", "cti", "bte")


class Wishbone:
    """Drives the port ``prefix`` of the top module. Addresses are in bytes.

    ``cycles`` is how many clock cycles the last access took.
    """

    def __init__(self, dut, prefix: str, timeout: int = 20):
        self._clk = dut.clk
        for name in SIGNALS:
            setattr(self, f"_{name}", getattr(dut, f"{prefix}__{name}"))
        self._timeout = timeout
        self.cycles = 0

    async def _beat(self) -> int:
        for _ in range(self._timeout):
            await RisingEdge(self._clk)
            self.cycles += 1
            if self._ack.value == 1:
                return self._dat_r.value.to_unsigned()
        raise AssertionError(f"no ack in {self._timeout} cycles")

    async def _access(self, addresses: list[int], we: int, data: int, sel: int) -> list[int]:
        self.cycles = 0
        self._cyc.value = 1
        self._stb.value = 1
        self._we.value = we
        self._sel.value = sel
        self._dat_w.value = data
        self._bte.value = 0
        words = []
        for number, address in enumerate(addresses):
            self._adr.value = address >> 2
            if len(addresses) == 1:
                self._cti.value = CLASSIC
            else:
                self._cti.value = END if number == len(addresses) - 1 else INCREMENTING
            words.append(await self._beat())
        self._cyc.value = 0
        self._stb.value = 0
        self._we.value = 0
        return words

    async def read(self, address: int) -> int:
        return (await self._access([address], 0, 0, 0xF))[0]

    async def burst(self, address: int, words: int) -> list[int]:
        return await self._access([address + 4 * n for n in range(words)], 0, 0, 0xF)

    async def write(self, address: int, data: int, sel: int = 0xF) -> None:
        await self._access([address], 1, data, sel)
