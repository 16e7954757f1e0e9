"""What several harts agree by: semaphores, and doorbells.

The core's atomic instructions do not exclude another hart's accesses (they lock nothing, and a
reservation knows of this hart's stores only), so that harts cannot build a lock in memory. Here an
access is atomic because the bus makes one at a time.

A doorbell is the core's software interrupt (mip.MSIP), and no interrupt of the GIC. An SGI reaches
a hart only after that hart itself has set up its CPU interface, and only past its running priority;
a doorbell wakes a hart that has set up nothing, and is what starts it.
"""

from amaranth import Array, Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from ..bus.frame import CPU_WIDTH, FrameSignature
from ..parameters import check_range
from ..registers.soc import SYNC

__all__ = ["HartSync"]

SEMAPHORES = SYNC.SEMAPHORE.count


class HartSync(wiring.Component):
    """Semaphores and doorbells, with the registers of `amagic.registers.soc.SYNC`.

    A read takes a free semaphore, and tells whether it did. The write of the hart that holds it
    lets it go; another hart's has no effect, so that a fault in one hart does not open what another
    relies on.

    Parameters
    ----------
    harts : int
        2 to 8.

    Members
    -------
    frame
        The registers, as the hart ``frame.cpu`` sees them. Byte enables are ignored: an access of
        any size is one of the whole word.
    ring
        A bit for each hart: high while a doorbell of its own is rung.
    """

    def __init__(self, harts: int):
        check_range("harts", harts, 2, 1 << CPU_WIDTH)
        self._harts = harts
        super().__init__({"frame": In(FrameSignature(12)), "ring": Out(harts)})

    def elaborate(self, platform) -> Module:
        m = Module()
        frame = self.frame
        hart = Signal(range(self._harts))
        m.d.comb += [hart.eq(frame.cpu), frame.ack.eq(frame.r_stb | frame.w_stb)]

        held = Signal(SEMAPHORES)
        holders = Array(Signal(hart.shape(), name=f"holder{n}") for n in range(SEMAPHORES))
        mine = Signal(SEMAPHORES)
        m.d.comb += mine.eq(held & Cat(holder == hart for holder in holders))
        number = frame.addr[2:].bit_select(0, ceil_log2(SEMAPHORES))
        with m.If((frame.addr >= SYNC.SEMAPHORE.offset) & (frame.addr < SYNC.SEMAPHORE.end)):
            m.d.comb += frame.r_data.eq(~held.bit_select(number, 1))
            with m.If(frame.r_stb & ~held.bit_select(number, 1)):
                m.d.sync += [held.bit_select(number, 1).eq(1), holders[number].eq(hart)]
            with m.If(frame.w_stb & mine.bit_select(number, 1)):
                m.d.sync += held.bit_select(number, 1).eq(0)

        doorbells = Array(Signal(self._harts, name=f"doorbell{n}") for n in range(self._harts))
        m.d.comb += self.ring.eq(Cat(doorbell.any() for doorbell in doorbells))
        with m.Switch(frame.addr):
            with m.Case(SYNC.HELD.offset):
                m.d.comb += frame.r_data.eq(held)
            with m.Case(SYNC.MINE.offset):
                m.d.comb += frame.r_data.eq(mine)
            with m.Case(SYNC.RING.offset):
                for target, doorbell in enumerate(doorbells):
                    rung = frame.w_stb & frame.w_data[target]
                    m.d.sync += doorbell.eq(doorbell | Mux(rung, 1 << hart, 0))
            with m.Case(SYNC.DOORBELL.offset):
                m.d.comb += frame.r_data.eq(doorbells[hart])
                with m.If(frame.w_stb):
                    m.d.sync += doorbells[hart].eq(doorbells[hart] & ~frame.w_data)
        return m
