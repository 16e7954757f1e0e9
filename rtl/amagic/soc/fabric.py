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

    def add(self, target, *, name: str, base: int, alias: int | None = None) -> None:
        """Let ``target``, a Wishbone target of 32 bits, answer from byte address ``base`` on.

        Its window is as large as its address width says. With ``alias`` it answers from there on
        as well. `ValueError` when windows overlap, or one's address is not aligned to its size.
        """
        windows = [self._window(target, name, base)]
        if alias is not None:
            windows.append(self._window(target, f"{name}_alias", alias))
        self._targets.append((windows, target))

    def _window(self, target, name: str, base: int) -> wishbone.Interface:
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
        return window

    def elaborate(self, platform):
        m = Module()
        m.submodules.decoder = decoder = self._decoder
        bus = self.bus

        selected = Signal()
        unmapped_ack = Signal()
        for windows, target in self._targets:
            if len(windows) == 1:
                connect(m, *windows, target)
            else:
                self._share(m, windows, target)
        every = [window for windows, _ in self._targets for window in windows]
        m.d.comb += selected.eq(Cat(window.cyc for window in every).any())
        for name in ("adr", "dat_w", "sel", "cyc", "stb", "we", "cti", "bte"):
            m.d.comb += getattr(decoder.bus, name).eq(getattr(bus, name))
        m.d.comb += [
            bus.dat_r.eq(decoder.bus.dat_r),
            bus.ack.eq(decoder.bus.ack | unmapped_ack),
        ]
        m.d.sync += unmapped_ack.eq(bus.cyc & bus.stb & ~selected & ~unmapped_ack)
        return m

    def _share(self, m, windows, target):
        """Connect several windows to a target. The decoder gives all of them the same, but
        ``cyc``, which is for one."""
        for name in ("adr", "dat_w", "sel", "stb", "we", "cti", "bte"):
            m.d.comb += getattr(target, name).eq(getattr(windows[0], name))
        m.d.comb += target.cyc.eq(Cat(window.cyc for window in windows).any())
        for window in windows:
            m.d.comb += [window.ack.eq(target.ack), window.dat_r.eq(target.dat_r)]
