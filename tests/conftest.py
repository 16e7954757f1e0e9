"""What all tests share: the head of the report names the tools."""

import sys
from importlib import metadata

from amagic_sim.build import build_root, find_verilator, writable_caches


def pytest_configure(config):
    writable_caches()


def pytest_report_header(config):
    versions = [f"{name} {metadata.version(name)}" for name in ("amaranth", "cocotb")]
    python = ".".join(map(str, sys.version_info[:3]))
    tools = ", ".join([f"Python {python}", *versions, f"Verilator {find_verilator().version}"])
    return [f"tools: {tools}", f"simulators: {build_root() / 'sim'}"]
