"""What all tests share: interrupts work, the head of the report names the tools, a fixture."""

import gc
import signal
import sys
from importlib import metadata

import pytest

from amagic_sim.build import build_root, find_verilator, writable_caches


def pytest_configure(config):
    writable_caches()
    # A shell without job control starts what runs in the background with interrupts ignored, and
    # every process of a test would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    quiet = pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
    for item in items:
        if "unused_components" in getattr(item, "fixturenames", ()):
            item.add_marker(quiet)


def pytest_report_header(config):
    versions = [f"{name} {metadata.version(name)}" for name in ("amaranth", "cocotb")]
    python = ".".join(map(str, sys.version_info[:3]))
    tools = ", ".join([f"Python {python}", *versions, f"Verilator {find_verilator().version}"])
    return [f"tools: {tools}", f"simulators: {build_root() / 'sim'}"]


def pytest_unconfigure(config):
    """End with what QEMU had a part in (tests/oracle), or why it had none."""
    report = config.pluginmanager.get_plugin("terminalreporter")
    if report is None or hasattr(config, "workerinput"):
        return
    said = [
        each
        for kind in report.stats.values()
        for each in kind
        if isinstance(each, pytest.TestReport)
    ]
    properties = [found for each in said for found in each.user_properties if each.when == "call"]
    skipped = [found for each in said for found in each.user_properties if each.skipped]
    ran = sum(value for name, value in properties if name == "oracle_operations")
    missing = [value for name, value in skipped if name == "oracle_missing"]
    reason = missing[0] if missing else "no test of it was chosen"
    report.write_line(
        f"live oracle: ran {ran:,} operations" if ran else f"live oracle: NOT RUN, {reason}"
    )


@pytest.fixture
def unused_components():
    """For a test that makes components on purpose which nobody elaborates: lets go of them there,
    without the warning that Amaranth gives then."""
    yield
    gc.collect()
