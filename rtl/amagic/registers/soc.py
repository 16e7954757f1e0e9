"""The registers of the SoC's own devices. Their layout is our choice."""

from .model import Access, Field, Frame, Register

__all__ = ["SYNC", "UART"]

RW, RO, WO, W1C = Access.RW, Access.RO, Access.WO, Access.W1C

UART = Frame(
    "UART",
    0x1000,
    doc="Serial port, 8 data bits, no parity, 1 stop bit",
    registers=(
        Register(
            "UART_DATA",
            0x000,
            RW,
            (
                Field("Data", 0, 8, doc="write: send; read: take the oldest received byte"),
                Field("Valid", 31, 1, RO, "read: Data is a received byte, else it is 0"),
            ),
            doc="Data: a byte written while TxFull is set is lost",
        ),
        Register(
            "UART_STATUS",
            0x004,
            W1C,
            (
                Field("TxFull", 0, 1, RO, "the transmit buffer has no room"),
                Field("TxIdle", 1, 1, RO, "nothing is left to send"),
                Field("RxValid", 2, 1, RO, "a received byte waits"),
                Field("TxLost", 4, 1, W1C, "a byte was written while TxFull was set"),
                Field("RxLost", 5, 1, W1C, "a byte arrived while the receive buffer was full"),
                Field("RxFrame", 6, 1, W1C, "a byte arrived without its stop bit; it is dropped"),
            ),
            doc="Status",
        ),
        Register(
            "UART_DIVISOR",
            0x008,
            RW,
            (Field("Divisor", 0, 16, doc="clock cycles a bit, at least 5"),),
            doc="Bit time; a smaller value is taken as 5",
        ),
        Register(
            "UART_INTENABLE",
            0x00C,
            RW,
            (
                Field("RxValid", 0, doc="interrupt while a received byte waits"),
                Field("TxIdle", 1, doc="interrupt while nothing is left to send"),
            ),
            doc="Interrupt enables; the line is level-sensitive",
        ),
    ),
)

SYNC = Frame(
    "SYNC",
    0x1000,
    doc="Semaphores and doorbells, for a system with several harts",
    registers=(
        Register(
            "SYNC_SEMAPHORE",
            0x000,
            RW,
            (Field("Taken", 0, 1, RO, "this read took the semaphore; 0: it is held already"),),
            reset=1,
            count=16,
            reads="takes the semaphore, for the hart that reads, when it is free",
            doc="A write of any value by the hart that holds it lets it go; others' have no effect",
        ),
        Register("SYNC_HELD", 0x040, RO, doc="Bit n: semaphore n is held"),
        Register("SYNC_MINE", 0x044, RO, banked=1, doc="Bit n: semaphore n is held by this hart"),
        Register("SYNC_RING", 0x080, WO, doc="Write 1 to bit h: ring the doorbell of hart h"),
        Register(
            "SYNC_DOORBELL",
            0x084,
            W1C,
            banked=1,
            doc="Bit h: hart h has rung for this hart; while any is set, its mip.MSIP is",
        ),
    ),
)
