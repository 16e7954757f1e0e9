"""Runs the streams of `make test` against mutants of the GIC: `make mutants`.

A mutant is the GIC with one of the mutations of `list.toml`. One by hand is made in a copy of the
RTL, from which a process of its own writes the Verilog; one at random by Yosys, in the shipped
Verilog. A mutant is found when a stream's answers are not right, or the simulation stops.

One that is not found is proved equivalent by Yosys as its entry under `equivalent` says, or it is
alive. The other entries are proved as well: none is only claimed.
"""

import argparse
import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import amagic
from amagic_boards.toolchain import Progress, Step, find_tool, run_step
from amagic_sim.build import BuildError, writable_caches
from amagic_sim.replay.addresses import ip_config
from amagic_sim.replay.rtl import RtlTarget, shipped_verilog
from amagic_sim.streams.compare import find
from amagic_sim.streams.configurations import CONFIGURATIONS, QUICK
from amagic_sim.streams.generator import LENGTH, Recorded, generate
from amagic_sim.streams.runs import Task, taken_by

__all__ = [
    *("LIST", "Mutant", "StaleError"),
    *("apply", "choose", "in_netlist", "mutants", "run", "unproved"),
]

LIST = Path(__file__).parents[1] / "list.toml"
STREAMS = 8
"""Of each configuration, as tests/streams has them."""
SEED = 1

_VERILOG = "gic_ip.v"  # Yosys names cells after it.
_CHOSEN = "mutant.hex"
_READ = f"read_verilog {_VERILOG}; hierarchy -check -top gic_ip; proc -norom; opt_clean"
_SCOPE = """
{mutation}
{boxes}
hierarchy -top {scope}
flatten
{evert}
memory
setundef -zero
opt -full
opt_dff -sat
simplemap
opt -full
opt_clean -purge
rename -hide */w:_*_ */w:*._*_
rename -top {name}
design -stash {name}
"""
"""A module and all in it, but for boxes; their ports are its own. What nothing defines is 0, as in
the simulation. Flip-flops that are constant from reset on are replaced, and wires that have no name
in the source are not compared."""
_COMPARE = """
design -copy-from shipped shipped
design -copy-from mutant mutant
equiv_make shipped mutant both
hierarchy -top both
opt_clean
equiv_struct
equiv_simple
equiv_induct
tee -q -o proof.txt equiv_status
"""
_RENDER = """
import sys
from amagic_sim.replay.addresses import ip_config
from amagic_sim.replay.rtl import render_modules, GicIp
from amagic_sim.streams.configurations import CONFIGURATIONS
print(render_modules(GicIp(ip_config(CONFIGURATIONS[sys.argv[1]])), "gic_ip"))
"""


class StaleError(Exception):
    """A mutation is for another RTL, or for another Yosys."""


@dataclass(frozen=True)
class Mutant:
    """A mutant: its name, what it is about, the configurations it is run with, the Verilog of
    each, and its number and mutation where that Verilog has several."""

    name: str
    about: str
    configurations: tuple[str, ...]
    verilog: Callable[[str], str]
    number: int = 0
    mutation: str = ""


def apply(mutation: Mapping[str, str], gic: Path) -> None:
    """Make a mutation by hand in the folder of the GIC's RTL.

    Raises
    ------
    StaleError
        When what it is to replace is not there, or more than once.
    """
    path = gic / mutation["file"]
    text = path.read_text()
    if (times := text.count(mutation["old"])) != 1:
        raise StaleError(f"{mutation['name']}: {path.name} has its text {times} times, not once")
    path.write_text(text.replace(mutation["old"], mutation["new"]))


def _from_copy(mutation: Mapping[str, str], configuration: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "amagic"
        shutil.copytree(Path(amagic.__file__).parent, copy)
        apply(mutation, copy / "gic")
        paths = [folder, *(path for path in sys.path if path)]
        done = subprocess.run(
            [sys.executable, "-c", _RENDER, configuration],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise BuildError(f"{mutation['name']} does not elaborate:\n{done.stderr}")
    return done.stdout


def _yosys(script: str, text: str, result: str) -> str:
    """The file that a script for Yosys writes, with a Verilog text at hand."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / _VERILOG).write_text(text)
        (work / "run.ys").write_text("\n".join([*_READ.split("; "), script, ""]))
        step = Step("mutation", "yosys", ["run.ys"], "yosys.log")
        run_step(step, work, progress=Progress(io.StringIO()))
        return (work / result).read_text()


def unproved(mutation: str, claim: Mapping, shipped: str) -> str | None:
    """What is not proved of a claim that a mutation at random changes nothing; None when all is.

    Proved is, by induction, that the mutant's flip-flops and outputs are those of the shipped
    Verilog as long as the inputs are, within the claim's ``scope``; ``boxes`` are modules in it
    that are left out, so that what comes from them is any input.
    """
    boxes = "".join(f"blackbox {each}\n" for each in claim.get("boxes", ()))
    evert = f"expose -evert {claim['scope']}/t:gic_ip_*" if boxes else ""
    about = {"boxes": boxes, "evert": evert, "scope": claim["scope"]}
    mutant = _SCOPE.format(mutation=mutation, name="mutant", **about)
    original = _SCOPE.format(mutation="", name="shipped", **about)
    again = "\n".join(_READ.split("; "))
    said = _yosys(f"{mutant}{again}{original}{_COMPARE}", shipped, "proof.txt")
    if "Equivalence successfully proven!" in said:
        return None
    lines = [line.strip() for line in said.splitlines() if "nproven $equiv" in line]
    return f"{lines[-1]} {lines[0].rpartition(':')[2].strip()}"


@cache
def _shipped(configuration: str) -> str:
    return shipped_verilog(ip_config(CONFIGURATIONS[configuration]), lambda: None)


@cache
def in_netlist(mutations: str, shipped: str) -> str:
    """The Verilog of `gic_ip` with all of the mutations, of which one is in force: that whose
    number, from 1 on, is in the file `_CHOSEN`. So one simulator is compiled for all.
    """
    script = "".join(
        f"{each.replace('mutate', f'mutate -ctrl mutant 8 {number}', 1)}\n"
        for number, each in enumerate(mutations.strip().splitlines(), 1)
    )
    text = _yosys(f"{script}write_verilog -noattr mutants.v", shipped, "mutants.v")
    text, ports = re.subn(r"^(module gic_ip\(.*), mutant\b", r"\1", text, count=1, flags=re.M)
    port = "  input [7:0] mutant;\n  wire [7:0] mutant;\n"
    number = f'  reg [7:0] chosen [0:0];\n  initial $readmemh("{_CHOSEN}", chosen);\n'
    if ports != 1 or port not in text:
        raise StaleError("Yosys gave the choice of a mutant no port of the top")
    return text.replace(port, f"{number}  wire [7:0] mutant = chosen[0];\n", 1)


def _made_with(configuration: str) -> dict[str, str]:
    """What the names in a mutation at random hold for."""
    version = re.match(r"yosys (\S+)", find_tool("yosys").version)
    assert version, "a tool's version begins with its name"
    digest = hashlib.sha256(_shipped(configuration).encode()).hexdigest()
    return {"yosys": version[1], "verilog": digest}


def choose(random: Mapping) -> str:
    """The table of `list.toml` that mutations at random stand in, made anew."""
    script = f"mutate -list {random['count']} -seed {random['seed']} -o list.ys gic_ip_gic*"
    chosen = _yosys(script, _shipped(random["configuration"]), "list.ys")
    values = {name: random[name] for name in ("configuration", "seed", "count")}
    values |= _made_with(random["configuration"])
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    return "\n".join(["[random]", *lines, f"mutations = '''\n{chosen.strip()}\n'''"])


def mutants(listed: Mapping) -> Iterator[Mutant]:
    """All mutants of a list."""
    for each in listed["hand"]:
        yield Mutant(each["name"], each["category"], QUICK, lambda c, e=each: _from_copy(e, c))
    yield from at_random(listed["random"])


def at_random(random: Mapping, *, control: bool = False) -> Iterator[Mutant]:
    """Those at random; with ``control`` the netlist of all of them, none of which is in force."""
    configurations = (random["configuration"],)

    def verilog(configuration: str) -> str:
        return in_netlist(random["mutations"], _shipped(configuration))

    if control:
        yield Mutant("random-0", "none of them", configurations, verilog)
        return
    for number, each in enumerate(random["mutations"].strip().splitlines(), 1):
        mode, module, cell, port = re.findall(r"-(?:mode|module|cell|port) (\S+)", each)
        where = f"{module.removeprefix('gic_ip_')} {cell.partition('$gic')[0]}.{port} {mode}"
        yield Mutant(f"random-{number}", where, configurations, verilog, number, each)


@cache
def _streams(configuration: str) -> list[Recorded]:
    config, target = CONFIGURATIONS[configuration], RtlTarget()
    tasks = [Task(configuration, SEED, number, LENGTH) for number in range(STREAMS)]
    return [generate(config, each.stream, each.length, taken_by(target, config)) for each in tasks]


def run(mutant: Mutant) -> str | None:
    """Which stream finds a mutant, and where; None when it is alive."""
    for configuration in mutant.configurations:
        text = mutant.verilog(configuration)
        target = RtlTarget(lambda _config, _announce, text=text: text, say=lambda _text: None)
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            Path(_CHOSEN).write_text(f"{mutant.number:x}\n")
            for stream in _streams(configuration):
                found = find(target, stream.config, stream.operations)
                if found is not None:
                    where = f"{configuration} {stream.seed}, operation {found.index + 1}"
                    return f"{where}: {found.how}"
    return None


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run the streams against mutants of the GIC.")
    parser.add_argument("names", nargs="*", help="only these mutants")
    parser.add_argument(
        "--choose", action="store_true", help="print the mutations at random for this RTL instead"
    )
    return parser.parse_args(argv)


def judge(mutant: Mutant, claims: Mapping[str, Mapping]) -> tuple[bool, str]:
    """Whether it is known what becomes of a mutant, and that in words."""
    found, claim = run(mutant), claims.get(mutant.name)
    if claim is None:
        return found is not None, found or "ALIVE"
    if found is not None:
        return False, f"FOUND, and claimed to be equivalent: {found}"
    lacking = unproved(mutant.mutation, claim, _shipped(mutant.configurations[0]))
    if lacking is not None:
        return False, f"ALIVE, and not proved equivalent in {claim['scope']}: {lacking}"
    return True, f"proved equivalent in {claim['scope']}: {claim['reason']}"


def _unusable(listed: Mapping, chosen: Sequence[Mutant], claims: Mapping) -> str | None:
    """Why the chosen mutants cannot be judged, if they cannot."""
    random = listed["random"]
    names = [each.name for each in at_random(random)]
    if wrong := sorted(set(claims) - set(names)):
        return f"no mutant at random {', '.join(wrong)} to be equivalent; there are {names}"
    if not any(each.mutation for each in chosen):
        return None
    for what, value in _made_with(random["configuration"]).items():
        if random[what] != value:
            return f"random: {what} is {value}, the list is for {random[what]}"
    (control,) = at_random(random, control=True)
    if found := run(control):
        return f"random: without any mutation, {found}"
    return None


def main(argv: Sequence[str] | None = None) -> int:
    """0 when every mutant is found or proved equivalent, 1 when one is not, 2 when one cannot be
    made."""
    args = _arguments(argv)
    writable_caches()
    listed = tomllib.loads(LIST.read_text())
    if args.choose:
        print(choose(listed["random"]))
        return 0
    chosen = list(mutants(listed))
    unknown = set(args.names) - {each.name for each in chosen}
    if unknown:
        print(f"no mutant {', '.join(sorted(unknown))}; there are", file=sys.stderr)
        print("\n".join(each.name for each in chosen), file=sys.stderr)
        return 2
    chosen = [each for each in chosen if each.name in args.names or not args.names]
    claims = {each["mutant"]: each for each in listed.get("equivalent", ())}
    counts = Counter()
    try:
        if why := _unusable(listed, chosen, claims):
            print(why, file=sys.stderr)
            return 2
        for mutant in chosen:
            begun = time.monotonic()
            known, words = judge(mutant, claims)
            counts["proved" if mutant.name in claims else "found"] += known
            taken = time.monotonic() - begun
            print(f"{mutant.name} ({mutant.about}): {words} [{taken:.0f} s]", flush=True)
    except (StaleError, BuildError) as error:
        print(error, file=sys.stderr)
        return 2
    left = len(chosen) - counts.total()
    print(
        f"{len(chosen)} mutants: {counts['found']} found, {counts['proved']} proved equivalent,"
        f" {left} alive"
    )
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
