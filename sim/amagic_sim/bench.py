"""Run a cocotb module on an Amaranth component, from a pytest function.

::

    def test_counter():
        run_bench(Counter(width=8), module="bench_counter")

`bench_counter.py` lies beside the pytest file and holds the cocotb tests. Each failed cocotb test
fails the pytest function, by name and with its message; so does a bench that ran no test, skipped
one, or did not run one that was asked for.
"""

import hashlib
import inspect
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from amaranth.lib import wiring
from amaranth.lib.wiring import In

from .build import Simulator, build_root, build_simulator, remove_old, to_verilog

__all__ = ["BenchError", "Outcome", "run_bench", "run_simulator"]

DEFAULT_SEED = 1
"""cocotb takes the time of day as its seed otherwise, and a failure could not be repeated."""


class BenchError(AssertionError):
    """A bench failed; the text names every failed cocotb test, and the log."""


@dataclass(frozen=True)
class Outcome:
    """What became of one cocotb test: `status` is ``passed``, ``failed`` or ``skipped``."""

    name: str
    status: str
    message: str
    sim_ns: float


def _outcomes(results: Path) -> list[Outcome]:
    outcomes = []
    for case in ElementTree.parse(results).getroot().iter("testcase"):
        status, message = "passed", ""
        for tag, what in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
            found = case.find(tag)
            if found is not None:
                status = what
                kind, text = found.get("type", tag), found.get("message", "")
                message = f"{kind}: {text}" + _place(found.text or "")
                break
        properties = {p.get("name"): p.get("value") for p in case.iter("property")}
        sim_ns = float(properties.get("sim_time_duration") or 0.0)
        outcomes.append(Outcome(case.get("name", "?"), status, message, sim_ns))
    return outcomes


def _place(traceback: str) -> str:
    """The innermost place of a traceback that lies in no installed package."""
    places = re.findall(r'File "([^"]+)", line (\d+), in (\S+)', traceback)
    ours = [place for place in places if "site-packages" not in place[0]]
    return f"\n(at {ours[-1][0]}:{ours[-1][1]}, in {ours[-1][2]})" if ours else ""


def _environment(
    simulator: Simulator, module: str, search: Sequence[Path], results: Path
) -> dict[str, str]:
    """What cocotb's loader inside the simulator is told, besides the caller's own variables."""
    import cocotb_tools.config as cocotb_config
    import find_libpython

    libpython = os.environ.get("LIBPYTHON_LOC") or find_libpython.find_libpython()
    if libpython is None:
        raise BenchError(
            "this Python has no shared libpython, which cocotb loads into the simulator; on Debian"
            f" it is in the package libpython3.{sys.version_info.minor}"
        )
    env = {name: value for name, value in os.environ.items() if not name.startswith("COCOTB_")}
    env["PYTHONPATH"] = os.pathsep.join([*map(str, search), *filter(None, sys.path)])
    env["PYGPI_PYTHON_BIN"] = sys.executable
    env["GPI_USERS"] = f"{libpython};{cocotb_config.pygpi_entry_point()}"
    env["COCOTB_TOPLEVEL"] = simulator.top
    env["COCOTB_TEST_MODULES"] = module
    env["COCOTB_RESULTS_FILE"] = str(results)
    env["TOPLEVEL_LANG"] = "verilog"
    # Verilator applies a write at once, so cocotb need not emulate the delay.
    env["COCOTB_TRUST_INERTIAL_WRITES"] = "1"
    return env


def _execute(
    command: Sequence[str], cwd: Path, env: Mapping[str, str], log: Path, timeout: float
) -> str:
    """Run the simulator; return how it ended when that was not by itself with code 0."""
    with log.open("w") as file:
        process = subprocess.Popen(
            command, cwd=cwd, env=dict(env), stdout=file, stderr=subprocess.STDOUT
        )
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            return f"did not end within {timeout:g} s and was stopped"
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}" if code else ""


def _tail(log: Path, lines: int) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def run_simulator(
    simulator: Simulator,
    *,
    module: str,
    run_dir: Path,
    search: Sequence[Path] = (),
    tests: Sequence[str] | None = None,
    env: Mapping[str, str] | None = None,
    plusargs: Sequence[str] = (),
    seed: int | None = None,
    timeout: float = 300,
) -> list[Outcome]:
    """Run the cocotb tests of `module` on a simulator that is built.

    Parameters
    ----------
    run_dir : Path
        The simulation's current folder: the log (``sim.log``), the results and what the tests
        write lie there.
    search : sequence of Path
        Folders in which `module` is looked for first.
    tests : sequence of str, optional
        The names of the tests to run; all of them when it is left out.
    env, plusargs
        More environment variables, and the simulator's ``+name=value`` arguments.
    seed : int, optional
        For Python's `random` in the tests: `DEFAULT_SEED`, or ``COCOTB_RANDOM_SEED``.
    timeout : float
        Seconds of wall-clock time.

    Raises
    ------
    BenchError
        When a test fails or is skipped, when none or not each of those asked for ran, and when
        the simulator does not end by itself.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    log, results = run_dir / "sim.log", run_dir / "results.xml"
    results.unlink(missing_ok=True)
    full_env = _environment(simulator, module, search, results)
    if seed is None:
        seed = int(os.environ.get("COCOTB_RANDOM_SEED", DEFAULT_SEED))
    full_env["COCOTB_RANDOM_SEED"] = str(seed)
    if tests is not None:
        names = "|".join(re.escape(test) for test in tests)
        full_env["COCOTB_TEST_FILTER"] = rf"^{re.escape(module)}\.(?:{names})$"
    full_env.update(env or {})
    trace = ["--trace"] if simulator.waves else []
    command = [str(simulator.executable), *trace, *plusargs]
    ending = _execute(command, run_dir, full_env, log, timeout)

    where = f"{simulator.name}, {module} (log: {log})"
    if not results.is_file():
        said = ending or "wrote no results"
        raise BenchError(f"{where}: the simulation {said}:\n{_tail(log, 30)}")
    outcomes = _outcomes(results)
    wrong = [f"{o.name} {o.status}: {o.message}" for o in outcomes if o.status != "passed"]
    ran = {outcome.name for outcome in outcomes}
    wrong += [f"{name}: there is no such test" for name in tests or () if name not in ran]
    if not outcomes:
        wrong.append("no test ran")
    if ending:
        wrong.append(f"the simulation {ending}:\n{_tail(log, 30)}")
    if wrong:
        passed = sum(outcome.status == "passed" for outcome in outcomes)
        head = f"{where}: {passed} of {len(outcomes)} passed"
        raise BenchError("\n".join([head, *wrong]))
    return outcomes


def _input_ports(component: wiring.Component) -> dict[str, int]:
    """The input ports of a component and their reset values, by their names in Verilog."""
    ports = {}
    for path, member, value in component.signature.flatten(component):
        if member.flow == In:
            init = getattr(value, "init", None)
            if init is None:
                init = getattr(value.as_value(), "init", 0)
            ports["__".join(map(str, path))] = int(init)
    return ports


def run_bench(
    component: wiring.Component,
    *,
    module: str,
    name: str | None = None,
    tests: Sequence[str] | None = None,
    env: Mapping[str, object] | None = None,
    plusargs: Sequence[str] = (),
    seed: int | None = None,
    timeout: float = 300,
    public: str = "top",
    optimize: str = "compile",
    waves: bool | None = None,
    run_dir: Path | None = None,
) -> list[Outcome]:
    """Convert, compile (unless that was done before) and run a component's bench.

    Parameters
    ----------
    component : wiring.Component
        What is tested; its Verilog is the top module.
    module : str
        The cocotb module, beside the file of the calling function.
    name : str, optional
        What the top module and the simulator's folder are called: the class's name.
    tests, plusargs, seed, timeout
        As for `run_simulator`.
    env : mapping, optional
        Environment variables for the bench (its parameters); values become text.
    public, optimize
        As for `build_simulator`.
    waves : bool, optional
        Write ``dump.vcd``; also when the environment has ``WAVES=1``. `run_dir` is kept then.
    run_dir : Path, optional
        A folder for the run that is kept. Without it, the run's folder is removed when all is
        well, and kept as ``build/run/<name>-<hash>`` when not.

    Returns
    -------
    list of Outcome
        One for each cocotb test that ran; each passed.

    Raises
    ------
    BenchError
        As for `run_simulator`.
    """
    top = name or type(component).__name__
    if not re.fullmatch(r"[A-Za-z]\w*", top):
        raise ValueError(f"name must be letters, digits and '_', not {top!r}")
    if waves is None:
        waves = os.environ.get("WAVES", "0") not in ("", "0")
    beside = Path(inspect.stack()[1].filename).resolve().parent
    simulator = build_simulator(
        top,
        {f"{top}.v": to_verilog(component, top)},
        top=top,
        public=public,
        optimize=optimize,
        waves=waves,
    )
    full_env = {"AMAGIC_INPUTS": json.dumps(_input_ports(component))}
    full_env |= {key: str(value) for key, value in (env or {}).items()}
    options = {"tests": tests, "env": full_env, "plusargs": plusargs, "seed": seed}
    options |= {"search": [beside], "timeout": timeout}
    if run_dir is not None:
        return run_simulator(simulator, module=module, run_dir=run_dir, **options)

    runs = build_root() / "run"
    runs.mkdir(parents=True, exist_ok=True)
    label = json.dumps([simulator.directory.name, str(beside), module, tests, full_env])
    kept = runs / f"{top}-{hashlib.sha256(label.encode()).hexdigest()[:12]}"
    scratch = Path(tempfile.mkdtemp(dir=runs, prefix=f"{top}-"))
    try:
        outcomes = run_simulator(simulator, module=module, run_dir=scratch, **options)
    except BenchError as error:
        remove_old(runs)
        shutil.rmtree(kept, ignore_errors=True)
        scratch.rename(kept)
        raise BenchError(str(error).replace(str(scratch), str(kept))) from None
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    if waves:
        shutil.rmtree(kept, ignore_errors=True)
        scratch.rename(kept)
    else:
        shutil.rmtree(scratch)
    return outcomes
