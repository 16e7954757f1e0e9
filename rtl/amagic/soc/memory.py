"""The memory: block RAM with a port for instructions and one for data."""

from collections.abc import Iterable

from amaranth import Module, Mux, Signal, unsigned
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In
from amaranth.utils import ceil_log2

from ..parameters import check_multiple
from .fabric import bus_signature, wishbone

__all__ = ["MAX_SIZE", "SIZE_STEP", "BlockRam"]

SIZE_STEP, MAX_SIZE = 1 << 12, 1 << 18
"""Of the memory, in bytes."""


class BlockRam(wiring.Component):
    """Dual-ported memory of 32-bit words on Wishbone.

    A write is acknowledged in the cycle of its strobe. The first word of a read is acknowledged in
    the cycle after its strobe; in an incrementing burst (CTI 010, linear) each following word takes
    one cycle, and the initiator keeps its strobe up through the burst. A word that is written
    through ``data`` in the same cycle in which ``fetch`` reads it is read as it was before; in a
    device's block RAM, nobody knows as what.

    Parameters
    ----------
    size : int
        Bytes: a multiple of 4 KiB up to 256 KiB (the largest power of two that the block RAM of an
        ECP5-85F holds). The next power of two is what it takes of the address space; nothing
        definite is read behind its end.
    init : iterable of int
        The first words' contents; the rest is 0. `ValueError` when it does not fit.

    Members
    -------
    fetch
        Wishbone target for reads; a write is acknowledged and has no effect.
    data
        Wishbone target for reads and writes, with byte enables.
    """

    def __init__(self, size: int, init: Iterable[int] = ()):
        check_multiple("size", size, SIZE_STEP, MAX_SIZE)
        words = list(init)
        if len(words) * 4 > size:
            raise ValueError(f"init has {len(words) * 4} bytes, more than the memory's {size}")
        self.words = memory.Memory(shape=unsigned(32), depth=size // 4, init=words)
        bus = bus_signature(ceil_log2(size // 4))
        super().__init__({"fetch": In(bus), "data": In(bus)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = self.words
        ports = {}
        for name, bus in (("fetch", self.fetch), ("data", self.data)):
            ports[name] = read = self.words.read_port()
            burst = Signal(name=f"{name}_burst")
            answer = Signal(name=f"{name}_answer")
            access = bus.cyc & bus.stb
            m.d.comb += [
                bus.ack.eq(Mux(bus.we, access, answer)),
                burst.eq(answer & ~bus.we & (bus.cti == wishbone.CycleType.INCR_BURST)),
                # During a burst the next word is read while this one is acknowledged.
                read.addr.eq(bus.adr + burst),
                read.en.eq(access),
                bus.dat_r.eq(read.data),
            ]
            m.d.sync += answer.eq(access & ~bus.we & (~answer | burst))
        write = self.words.write_port(granularity=8)
        m.d.comb += [
            # One address for reads and writes makes one port of the two: with one for each, the
            # block RAM, which has two ports, would be there twice. (There is no burst in a write.)
            write.addr.eq(ports["data"].addr),
            write.data.eq(self.data.dat_w),
        ]
        with m.If(self.data.cyc & self.data.stb & self.data.we):
            m.d.comb += write.en.eq(self.data.sel)
        return m
