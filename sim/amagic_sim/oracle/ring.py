"""The host's side of the ring that the agents take operations from (firmware/oracle/ring.h)."""

import struct
import time
from typing import NamedTuple

from .process import ANSWER_SECONDS, START_SECONDS, OracleError, Qemu

__all__ = ["NOTHING", "READ", "WRITE", "Ring", "Slot", "Taken"]

READ, WRITE, NOTHING = 0, 1, 2
"""What a slot is for; the last one only has the outputs noted."""

_CPUS = 8
_SLOTS = 1 << 14
_BASE = 0x400000
"""Of the ring in the guest's memory."""
_SLOT = struct.Struct("=BBBxIII8s")
_SLOTS_BASE = _BASE + 128

_WORD = _BASE // 4
_RING_CPUS, _POSTED, _TAKEN = _WORD, _WORD + 1, _WORD + 2
_READY = _BASE + 16
_CRASHED, _CRASH_CPU = _WORD + 6, _WORD + 7
_CRASH = struct.Struct("=QQQ")
_CRASH_BASE = _BASE + 32
_ASLEEP = _BASE + 56
_WORK = _WORD + 16
_FIQ = 1
"""The number of a CPU's input."""


class Slot(NamedTuple):
    """An operation for the agents."""

    cpu: int
    kind: int
    size: int = 4
    address: int = 0
    value: int = 0


class Taken(NamedTuple):
    """What came of it: the value, ESR if it was aborted, a byte of outputs for each CPU."""

    value: int
    syndrome: int
    outputs: bytes


class Ring:
    """The ring in the memory of a QEMU that runs the agents, on ``cpus`` CPUs."""

    capacity = _SLOTS

    def __init__(self, qemu: Qemu, cpus: int):
        self._qemu = qemu
        self._cpus = cpus
        # Words, so that a store is one: struct writes byte by byte.
        self._words = memoryview(qemu.memory).cast("I")
        self._posted = 0
        self._words[_RING_CPUS] = cpus
        try:
            self._wait(
                lambda: qemu.memory[_READY : _READY + cpus] == bytes([1] * cpus),
                START_SECONDS,
                "its CPUs did not start",
            )
        except OracleError:
            self.close()
            raise

    def close(self) -> None:
        self._words.release()

    def take(self, slots: list[Slot]) -> list[Taken]:
        """Have the agents take these slots, at most `capacity`, and wait until they are done."""
        memory = self._qemu.memory
        places = [
            _SLOTS_BASE + (self._posted + index) % _SLOTS * _SLOT.size
            for index in range(len(slots))
        ]
        for place, (cpu, kind, size, address, value) in zip(places, slots, strict=True):
            _SLOT.pack_into(memory, place, cpu, kind, size, address, value, 0, bytes(8))
        self._wake()
        self._posted = (self._posted + len(slots)) & 0xFFFFFFFF
        self._words[_POSTED] = self._posted
        self._wait(
            lambda: self._words[_TAKEN] == self._posted,
            ANSWER_SECONDS,
            "the agents make no progress",
        )
        self._words[_WORK] = 0
        taken = []
        for place in places:
            *_, value, syndrome, outputs = _SLOT.unpack_from(memory, place)
            taken.append(Taken(value, syndrome, outputs))
        return taken

    def _wake(self) -> None:
        """Wake the CPUs; an FIQ input must not be raised behind the first operation any more."""
        self._words[_WORK] = 1
        asleep = self._qemu.memory[_ASLEEP : _ASLEEP + self._cpus]
        cpus = [f"/machine/unattached/device[{n}]" for n in range(self._cpus) if asleep[n]]
        self._qemu.qtest([f"set_irq_in {cpu} unnamed-gpio-in {_FIQ} 1" for cpu in cpus])

    def _wait(self, done, seconds: float, trouble: str) -> None:
        """Wait for `done`, and give up when `seconds` pass without a slot taken."""
        limit = time.monotonic() + seconds
        at, sleep = None, 20e-6
        while not done():
            time.sleep(sleep)
            sleep = min(2 * sleep, 1e-3)
            self._qemu.check_alive()
            if self._words[_CRASHED]:
                raise self._crash()
            if at != self._words[_TAKEN]:
                at, limit = self._words[_TAKEN], time.monotonic() + seconds
            elif time.monotonic() > limit:
                raise self._qemu.failure(f"{trouble} within {seconds} s")

    def _crash(self) -> OracleError:
        syndrome, pc, address = _CRASH.unpack_from(self._qemu.memory, _CRASH_BASE)
        return self._qemu.failure(
            f"the agent of CPU {self._words[_CRASH_CPU]} took an exception at {pc:#x}:"
            f" ESR {syndrome:#x}, FAR {address:#x}"
        )
