"""Semaphores and doorbells, at both ends of the range of harts."""

import pytest

from amagic.soc.hart_sync import HartSync
from amagic_sim.bench import run_bench


@pytest.mark.parametrize("harts", [2, 8])
def test_hart_sync(harts):
    run_bench(HartSync(harts), module="bench_hart_sync", env={"HARTS": harts})


@pytest.mark.usefixtures("unused_components")
@pytest.mark.parametrize("harts", [1, 9, True])
def test_a_number_of_harts_out_of_range_is_refused(harts):
    with pytest.raises(ValueError, match="harts must be an integer in 2 to 8, not"):
        HartSync(harts)
