"""What the oracle's tests share."""

import pytest

from amagic_sim.oracle.process import OracleError, find_qemu, qemu_version
from amagic_sim.oracle.target import QemuTarget


class CountingTarget(QemuTarget):
    """Counts the operations that QEMU ran, for the line that ends the tests' report."""

    def __init__(self, record_property, route="agents"):
        super().__init__(route)
        self._record_property = record_property

    def run(self, config, operations):
        answers = super().run(config, operations)
        self._record_property("oracle_operations", len(operations))
        return answers


@pytest.fixture
def qemu(record_property):
    """Makes a `QemuTarget` by its route, or skips the test where there is no QEMU."""
    try:
        qemu_version(find_qemu())
    except OracleError as error:
        record_property("oracle_missing", str(error))
        pytest.skip(str(error))
    return lambda route="agents": CountingTarget(record_property, route)
