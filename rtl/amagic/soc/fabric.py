"""The Wishbone fabric: one initiator, its targets, and an answer for every other address.

Decoding is amaranth-soc's. Its decoder leaves an address that no target claims without an
acknowledge, which would hang the core for ever (it ignores bus errors); here such an access reads
0, and a write has no effect.
"""

import luna_soc  # noqa: F401  importing it makes its copy of amaranth_soc importable

# isort: split
from amaranth import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, connect
from amaranth_soc import wishbone
from amaranth_soc.memory import MemoryMap

__all__ = ["BUS_FEATURES", "Fabric", "bus_signature", "wishbone"]

BUS_FEATURES = frozenset({wishbone.Feature.CTI, wishbone.Feature.BTE})


def bus_signature(addr_width: int = 30) -> wishbone.Signature:
    """The SoC's Wishbone: 32 data bits, byte enables, bursts; ``addr_width`` bits of word address.

    Seen from the initiator.
    """
    return wishbone.Signature(
        addr_width=addr_width, data_width=32, granularity=8, features=BUS_FEATURES
    )


class Fabric(wiring.Component):
    """From one initiator to its targets, by address.

    Members
    -------
    bus
        The initiator's side: 30 bits of word address.
    """

    def __init__(self):
        super().__init__({"bus": In(bus_signature())})
        self._decoder = wishbone.Decoder(
            addr_width=30, data_width=32, granularity=8, features=BUS_FEATURES
        )
        self._targets = []

    def add(self, target, *, name: str, base: int) -> None:
        """Let ``target``, a Wishbone target of 32 bits, answer from byte address ``base`` on.

        Its window is as large as its address width says. `ValueError` when windows overlap, or
        ``base`` is not aligned to the window.
        """
        addr_width = target.addr_width + 2
        if base % (1 << addr_width):
            raise ValueError(
                f"{name}: the base {base:#x} is not a multiple of its window's {1 << addr_width:#x}"
            )
        window = wishbone.Interface(
            addr_width=target.addr_width,
            data_width=32,
            granularity=8,
            features=target.features,
            path=(name,),
        )
        window.memory_map = MemoryMap(addr_width=addr_width, data_width=8)
        self._decoder.add(window, name=(name,), addr=base)
        self._targets.append((window, target))

    def elaborate(self, platform):
        m = Module()
        m.submodules.decoder = decoder = self._decoder
        bus = self.bus

        selected = Signal()
        unmapped_ack = Signal()
        for window, target in self._targets:
            connect(m, window, target)
        m.d.comb += selected.eq(Cat(window.cyc for window, _ in self._targets).any())
        for name in ("adr", "dat_w", "sel", "cyc", "stb", "we", "cti", "bte"):
            m.d.comb += getattr(decoder.bus, name).eq(getattr(bus, name))
        m.d.comb += [
            bus.dat_r.eq(decoder.bus.dat_r),
            bus.ack.eq(decoder.bus.ack | unmapped_ack),
        ]
        m.d.sync += unmapped_ack.eq(bus.cyc & bus.stb & ~selected & ~unmapped_ack)
        return m
