"""What all tests share: interrupts work, and the head of the report names the tools."""

import signal
import sys
from importlib import metadata

from amagic_sim.build import build_root, find_verilator, writable_caches


def pytest_configure(config):
    writable_caches()
    # A shell without job control starts what runs in the background with interrupts ignored, and
    # every process of a test would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header(config):
    versions = [f"{name} {metadata.version(name)}" for name in ("amaranth", "cocotb")]
    python = ".".join(map(str, sys.version_info[:3]))
    tools = ", ".join([f"Python {python}", *versions, f"Verilator {find_verilator().version}"])
    return [f"tools: {tools}", f"simulators: {build_root() / 'sim'}"]
