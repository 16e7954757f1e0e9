"""`amagic board-test`: the on-board test, on a board or on a simulated one."""
