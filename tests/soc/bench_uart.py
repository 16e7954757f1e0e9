"""Bench of `amagic.soc.uart.Uart`, with a serial line of the bench's own."""

import os

import cocotb
from cocotb.triggers import ClockCycles, FallingEdge, ValueChange
from cocotb.utils import get_sim_time

from amagic.registers.soc import UART
from amagic_sim.drivers import CLOCK_NS, FramePort, start

DIVISOR = int(os.environ["DIVISOR"])
DEPTH = int(os.environ["DEPTH"])

DATA, STATUS, ENABLE = UART.DATA, UART.STATUS, UART.INTENABLE


async def begin(dut):
    frame = FramePort(dut)
    await start(dut)
    return frame


async def status(frame) -> dict[str, int]:
    return STATUS.unpack(await frame.read(STATUS.offset))


async def send(dut, byte: int, stop: int = 1) -> None:
    """Put a byte on the line to the serial port, with this stop bit."""
    for bit in (0, *((byte >> n) & 1 for n in range(8)), stop):
        dut.rx.value = bit
        await ClockCycles(dut.clk, DIVISOR)
    dut.rx.value = 1
    await ClockCycles(dut.clk, DIVISOR)


async def receive(dut) -> int:
    """Take the next byte off the line from the serial port."""
    await FallingEdge(dut.tx)
    await ClockCycles(dut.clk, DIVISOR + DIVISOR // 2)
    byte = 0
    for n in range(8):
        byte |= int(dut.tx.value) << n
        await ClockCycles(dut.clk, DIVISOR)
    assert dut.tx.value == 1, "no stop bit"
    return byte


async def receive_all(dut, count: int) -> list[int]:
    return [await receive(dut) for _ in range(count)]


async def bit_times(dut, count: int) -> list[int]:
    """Cycles between the next changes of the line."""
    changes = []
    for _ in range(count + 1):
        await ValueChange(dut.tx)
        changes.append(get_sim_time("ns"))
    return [round((b - a) / CLOCK_NS) for a, b in zip(changes, changes[1:], strict=False)]


@cocotb.test()
async def a_bit_lasts_divisor_cycles(dut):
    frame = await begin(dut)
    assert await frame.read(UART.DIVISOR.offset) == DIVISOR
    await frame.write(DATA.offset, 0x55)  # each bit differs from the one before
    count = 9 if DIVISOR < 1000 else 1
    assert await bit_times(dut, count) == [DIVISOR] * count


@cocotb.test()
async def a_written_divisor_is_taken_and_never_less_than_5(dut):
    frame = await begin(dut)
    for written, taken in ((7, 7), (0xFFFF, 0xFFFF), (4, 5), (0, 5)):
        await frame.write(UART.DIVISOR.offset, written)
        assert await frame.read(UART.DIVISOR.offset) == taken
    await frame.write(DATA.offset, 0x55)
    assert await bit_times(dut, 9) == [5] * 9


@cocotb.test()
async def bytes_that_are_written_leave_in_order(dut):
    frame = await begin(dut)
    assert (await status(frame))["TxIdle"] == 1
    received = cocotb.start_soon(receive_all(dut, 2))
    await frame.write(DATA.offset, 0x00)
    await frame.write(DATA.offset, 0xFF)
    assert (await status(frame))["TxIdle"] == 0
    assert await received == [0x00, 0xFF]
    received = cocotb.start_soon(receive(dut))
    await frame.write(DATA.offset, 0xA5)
    assert await received == 0xA5
    await ClockCycles(dut.clk, 2 * DIVISOR)
    assert (await status(frame))["TxIdle"] == 1


@cocotb.test()
async def a_byte_written_to_a_full_buffer_is_lost_and_reported(dut):
    frame = await begin(dut)
    written = 0
    while not (await status(frame))["TxFull"]:
        await frame.write(DATA.offset, written & 0xFF)
        written += 1
    assert written >= DEPTH
    assert (await status(frame))["TxLost"] == 0
    await frame.write(DATA.offset, 0xEE)
    assert (await status(frame))["TxLost"] == 1
    await frame.write(STATUS.offset, STATUS.pack(TxLost=1))
    assert (await status(frame))["TxLost"] == 0


@cocotb.test()
async def received_bytes_wait_in_order_and_are_read_once(dut):
    frame = await begin(dut)
    assert await frame.read(DATA.offset) == 0
    await send(dut, 0x3C)
    await send(dut, 0xC3)
    assert (await status(frame))["RxValid"] == 1
    assert DATA.unpack(await frame.read(DATA.offset)) == {"Data": 0x3C, "Valid": 1}
    assert DATA.unpack(await frame.read(DATA.offset)) == {"Data": 0xC3, "Valid": 1}
    assert await frame.read(DATA.offset) == 0
    assert (await status(frame))["RxValid"] == 0


@cocotb.test()
async def a_byte_that_finds_the_buffer_full_is_lost_and_reported(dut):
    frame = await begin(dut)
    for byte in range(DEPTH):
        await send(dut, byte & 0xFF)
    assert (await status(frame))["RxLost"] == 0
    await send(dut, 0xEE)
    assert (await status(frame))["RxLost"] == 1
    for byte in range(DEPTH):
        assert DATA.unpack(await frame.read(DATA.offset)) == {"Data": byte & 0xFF, "Valid": 1}
    assert await frame.read(DATA.offset) == 0
    await frame.write(STATUS.offset, STATUS.pack(TxLost=1))
    assert (await status(frame))["RxLost"] == 1, "a 1 written to another bit cleared it"
    await frame.write(STATUS.offset, STATUS.pack(RxLost=1))
    assert (await status(frame))["RxLost"] == 0


@cocotb.test()
async def a_byte_without_stop_bit_is_dropped_and_reported(dut):
    frame = await begin(dut)
    await send(dut, 0x3C, stop=0)
    await ClockCycles(dut.clk, 20 * DIVISOR)
    found = await status(frame)
    assert (found["RxFrame"], found["RxLost"]) == (1, 0)
    # The broken stop bit may have begun a byte of its own, of the idle line's ones.
    while (word := DATA.unpack(await frame.read(DATA.offset)))["Valid"]:
        assert word["Data"] != 0x3C
    await frame.write(STATUS.offset, STATUS.pack(RxFrame=1))
    assert (await status(frame))["RxFrame"] == 0


@cocotb.test()
async def the_interrupt_follows_what_is_enabled(dut):
    frame = await begin(dut)

    async def line() -> int:
        await ClockCycles(dut.clk, 2)
        return int(dut.irq.value)

    assert await line() == 0
    await frame.write(ENABLE.offset, ENABLE.pack(TxIdle=1))
    assert await line() == 1
    await frame.write(DATA.offset, 0x12)
    assert await line() == 0
    await ClockCycles(dut.clk, 12 * DIVISOR)
    assert await line() == 1
    await frame.write(ENABLE.offset, ENABLE.pack(RxValid=1))
    assert await frame.read(ENABLE.offset) == ENABLE.pack(RxValid=1)
    assert await line() == 0
    await send(dut, 0x77)
    assert await line() == 1
    await frame.read(DATA.offset)
    assert await line() == 0


@cocotb.test()
async def what_is_not_there_reads_zero(dut):
    frame = await begin(dut)
    await frame.write(0x010, 0xFFFF_FFFF)
    assert await frame.read(0x010) == 0
    assert await frame.read(0xFFC) == 0
