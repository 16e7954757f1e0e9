"""Runs a shard, and keeps its result for the next time."""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from amagic.soc.soc import SocConfig

from ..build import build_root
from ..compiler import firmware_root
from ..firmware import Program
from ..hypervisor_build import GuestSource, build_hypervisor
from ..mode import mode_words
from ..outcome import judge_run
from ..report import ReportError
from ..results import DueClass
from ..soc_sim import SocError, build_soc, run_soc
from ..trace import read_trace
from .plan import Shard

__all__ = ["ShardResult", "folder_of", "kept", "run_shard"]

_CYCLES_PER_TICK = 100_000  # far more than a tick takes; a guest that waits for ever does not end


@dataclass(frozen=True)
class ShardResult:
    """What came of a shard.

    ``made_of`` tells the firmware and the simulator that it was run with; ``classes`` counts the
    ticks by where they fell due, `DueClass` by name; ``held`` are those whose guest was switched
    out between their acknowledge and their end. There is no ``reasons`` in a shard that passed.
    """

    made_of: str
    delivered: int
    lost: int
    duplicated: int
    early: int
    held: int
    classes: dict[str, int]
    switches: int
    cycles: int
    seconds: float
    reasons: Sequence[str]


def folder_of(seed: int) -> Path:
    """Where the results of a run's shards are."""
    return build_root() / "soak" / f"seed-{seed}"


def _file(shard: Shard) -> Path:
    return folder_of(shard.seed) / f"shard-{shard.number:04}.json"


def _firmware(shard: Shard) -> tuple[Program, SocConfig]:
    config = SocConfig(harts=shard.kind.harts)
    source = "ticker.c" if shard.kind.harts == 1 else "pair.c"
    guests = [
        GuestSource(
            firmware_root() / "guests" / source,
            {
                "GUEST_VCPUS": shard.kind.harts,
                "PERIOD": period,
                "JITTER": shard.jitter,
                "TICKS": ticks,
                "SEED": f"{seed:#x}",
                "WORK": shard.work,
                "EVERY": shard.every,
                "NEAR": shard.near,
                "EXTRA": shard.extra,
                "GUEST_NAME": f'"ticker-{period}"',
            },
        )
        for period, ticks, seed in zip(shard.periods, shard.ticks, shard.seeds, strict=False)
    ]
    defines = {
        "HYP_SLICE_MIN": shard.slice_min,
        "HYP_SLICE_SPREAD": shard.slice_spread,
        "HYP_SEED": f"{shard.host_seed:#x}",
    }
    return build_hypervisor(*guests, defines=defines, config=config), config


def _made_of(shard: Shard, program: Program, config: SocConfig) -> str:
    """Changes with the firmware, the mode and the simulator."""
    parts = [program.hex.read_bytes(), shard.kind.mode.value, build_soc(config).directory.name]
    whole = b"\0".join(part if isinstance(part, bytes) else part.encode() for part in parts)
    return hashlib.sha256(whole).hexdigest()[:16]


def _described(shard: Shard) -> dict[str, object]:
    """A shard as its result's file has it."""
    return json.loads(json.dumps(asdict(shard) | {"kind": shard.kind.name}))


def kept(shard: Shard, made_of: str) -> ShardResult | None:
    """The result of an earlier run of the same firmware on the same simulator, if there is one."""
    try:
        whole = json.loads(_file(shard).read_text())
        found, described = ShardResult(**whole["result"]), whole["shard"]
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{_file(shard)} is no result of a shard; remove it to run the shard again"
        ) from error
    return found if (found.made_of, described) == (made_of, _described(shard)) else None


def _keep(shard: Shard, result: ShardResult) -> None:
    path = _file(shard)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        json.dump({"shard": _described(shard), "result": asdict(result)}, file, indent=1)
    os.replace(file.name, path)


def _simulate(shard: Shard, program: Program, config: SocConfig, made_of: str) -> ShardResult:
    """Run a shard. Its trace is kept only when something is wrong with it, beside its result."""
    begun = time.monotonic()
    folder = _file(shard).with_suffix("")
    try:
        done = run_soc(
            program,
            folder,
            max_cycles=_CYCLES_PER_TICK * max(200, sum(shard.ticks)),
            config=config,
            words=mode_words(program, shard.kind.mode),
        )
        events = list(read_trace(done.trace_path))
        outcome = judge_run(events, done.uart_text, shard.ticks, 0, shard.kind.mode)
    except (SocError, ReportError) as error:
        seconds = round(time.monotonic() - begun, 1)
        return ShardResult(made_of, 0, 0, 0, 0, 0, {}, 0, 0, seconds, [str(error)])
    results = outcome.judge.results
    if not outcome.reasons:
        shutil.rmtree(folder)
    return ShardResult(
        made_of=made_of,
        delivered=outcome.delivered,
        lost=sum(len(each.lost) for each in results),
        duplicated=sum(each.duplicated for each in results),
        early=sum(len(each.early) for each in results),
        held=sum(each.held for each in results),
        classes={each.name: sum(r.in_class(each) for r in results) for each in DueClass},
        switches=len(outcome.judge.switches) // 2,
        cycles=done.cycles,
        seconds=round(time.monotonic() - begun, 1),
        reasons=outcome.reasons,
    )


def run_shard(shard: Shard) -> tuple[ShardResult, bool]:
    """Run a shard, or find the result of one that passed. The second value is True when it ran."""
    program, config = _firmware(shard)
    made_of = _made_of(shard, program, config)
    found = kept(shard, made_of)
    if found is not None and not found.reasons:
        return found, False
    result = _simulate(shard, program, config, made_of)
    _keep(shard, result)
    return result, True
