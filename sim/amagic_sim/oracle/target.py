"""QEMU as something that runs operations: `QemuTarget`.

There are two routes to QEMU's GIC, which give the same answers. On the agents' route a program
runs at EL2 on each CPU and makes the accesses; only the wires are moved through qtest. On the
other one, for one CPU, QEMU stands still, and qtest makes the accesses too. With Security
Extensions there is the first one only: the program runs at EL3 and makes Secure accesses, and
Non-secure ones; qtest has no say in which.

The maintenance line ends inside QEMU's GIC, as PPI 25. It is told from what drives it: some bit of
GICH_MISR is set while GICH_HCR.En is.

Each run has a process of its own: a reset of QEMU's machine leaves active priorities and levels.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Literal, Protocol

from ..replay.operation import (
    Access,
    Answer,
    Drive,
    Operation,
    Outputs,
    Pulse,
    ScriptConfig,
)
from .agent import build_agent
from .machine import FRAMES, Bus, gpio_line, lower, refusal, shown
from .process import OracleError, Qemu
from .ring import NOTHING, READ, WRITE, Ring, Slot, Taken

__all__ = ["QemuTarget"]

_NUDGE = Bus(FRAMES["GICD"].base + 0x104, 1, 0)
"""QEMU does not look at the physical lines again when a list register's HW bit deactivates an
interrupt, but at the next write to the distributor: this one, which changes nothing. The agents
make it themselves."""

_GICH_HCR, _GICH_MISR = (Bus(FRAMES["GICH"].base + offset, 4) for offset in (0x000, 0x010))
_OUTPUT_LINES = 4
_WIDTHS = {1: "b", 2: "w", 4: "l"}


class _Route(Protocol):
    """A way to have operations done; ``route`` yields one that is ready."""

    def answers(self, config: ScriptConfig, operations: Sequence[Operation]) -> list[Answer]: ...


def _wires(config: ScriptConfig, operation: Drive | Pulse) -> list[str]:
    line = gpio_line(config, operation)
    levels = [operation.level] if isinstance(operation, Drive) else [1, 0]
    device = f"/machine/unattached/device[{config.cpus}]"
    return [f"set_irq_in {device} unnamed-gpio-in {line} {level}" for level in levels]


class _Agents:
    """Through the agents: any number of CPUs, in batches that end where a wire moves."""

    def __init__(self, qemu: Qemu, ring: Ring):
        self._qemu, self._ring = qemu, ring

    def answers(self, config: ScriptConfig, operations: Sequence[Operation]) -> list[Answer]:
        found: list[Answer] = []
        slots: list[Slot] = []
        ends: list[tuple[Operation, int]] = []
        """Each operation of the batch, and how many slots there are behind its last one."""

        def flush() -> None:
            taken = self._ring.take(slots) if slots else []
            start = 0
            for operation, end in ends:
                found.append(self._answer(config, operation, taken[start:end]))
                start = end
            slots.clear()
            ends.clear()

        for operation in operations:
            if len(slots) >= self._ring.capacity // 2:
                flush()
            if isinstance(operation, Drive | Pulse):
                flush()
                self._qemu.qtest(_wires(config, operation))
            start = len(slots)
            if isinstance(operation, Access):
                for address, size, value in lower(config, operation):
                    kind = READ if value is None else WRITE
                    slots.append(Slot(operation.cpu, kind, size, address, value or 0))
            if len(slots) == start:
                slots.append(Slot(operation.cpu if isinstance(operation, Access) else 0, NOTHING))
            ends.append((operation, len(slots)))
        flush()
        return found

    def _answer(self, config: ScriptConfig, operation: Operation, taken: list[Taken]) -> Answer:
        for slot in taken:
            if slot.syndrome:
                raise OracleError(f"QEMU aborts {operation}: ESR {slot.syndrome:#x} of its CPU")
        value = None
        if isinstance(operation, Access) and operation.value is None:
            value = taken[-1].value & shown(config, operation)
        seen = taken[-1].outputs[: config.cpus]
        return Answer(value, tuple(Outputs(*(byte >> n & 1 for n in range(5))) for byte in seen))


class _Qtest:
    """Through qtest alone: one CPU, whose lines are intercepted."""

    def __init__(self, qemu: Qemu):
        self._qemu = qemu
        qemu.qtest(["irq_intercept_in /machine/unattached/device[0]"])

    def answers(self, config: ScriptConfig, operations: Sequence[Operation]) -> list[Answer]:
        return [self._answer(config, operation) for operation in operations]

    def _answer(self, config: ScriptConfig, operation: Operation) -> Answer:
        commands: list[str] = []
        value = None
        if isinstance(operation, Access):
            commands += map(_command, lower(config, operation))
        elif isinstance(operation, Drive | Pulse):
            commands += _wires(config, operation)
        behind = len(commands)
        commands += map(_command, (_NUDGE, _GICH_HCR, _GICH_MISR))
        said = self._qemu.qtest(commands)
        if isinstance(operation, Access) and operation.value is None:
            value = int(said[behind - 1], 16) & shown(config, operation)
        hcr, misr = (int(text, 16) for text in said[-2:])
        lines = (self._qemu.levels.get(line, 0) for line in range(_OUTPUT_LINES))
        return Answer(value, (Outputs(*lines, int(hcr & 1 and misr != 0)),))


def _command(bus: Bus) -> str:
    width = _WIDTHS[bus.size]
    if bus.value is None:
        return f"read{width} {bus.address:#x}"
    return f"write{width} {bus.address:#x} {bus.value:#x}"


@contextmanager
def _agents(config: ScriptConfig) -> Iterator[_Route]:
    secure = bool(config.security)
    with Qemu(["-kernel", str(build_agent(secure))], config.cpus, secure) as qemu:
        with closing(Ring(qemu, config.cpus)) as ring:
            yield _Agents(qemu, ring)


@contextmanager
def _qtest(config: ScriptConfig) -> Iterator[_Route]:
    with Qemu(["-S"], config.cpus) as qemu:
        yield _Qtest(qemu)


class QemuTarget:
    """The GICv2 of QEMU's virt machine.

    Parameters
    ----------
    route : "agents" or "qtest"
        How QEMU's GIC is reached. Through qtest there is one CPU only.
    """

    name = "qemu"

    def __init__(self, route: Literal["agents", "qtest"] = "agents"):
        if route not in ("agents", "qtest"):
            raise ValueError(f"route must be 'agents' or 'qtest', not {route!r}")
        self.route = route

    def refusal(self, config: ScriptConfig, operations: Sequence[Operation]) -> str | None:
        """What of this QEMU cannot honour, as ``KEY=VALUE`` or the operation; else None."""
        if self.route == "qtest" and config.cpus != 1:
            return f"cpus={config.cpus}"
        if self.route == "qtest" and config.security:
            return f"security={config.security}"
        found = refusal(config)
        return found or next(filter(None, (refusal(config, each) for each in operations)), None)

    def run(self, config: ScriptConfig, operations: Sequence[Operation]) -> list[Answer]:
        """An answer for each operation, from reset on. `OracleError` when QEMU fails."""
        refused = self.refusal(config, operations)
        if refused is not None:
            raise OracleError(f"QEMU cannot honour this: {refused}")
        with (_agents if self.route == "agents" else _qtest)(config) as route:
            return route.answers(config, operations)
