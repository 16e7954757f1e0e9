"""How a long command says what it is doing, and how far it is."""

import time

__all__ = ["Step", "say", "show_cycles"]


def say(text: str) -> None:
    """Prints a line at once."""
    print(text, flush=True)


def show_cycles(cycles: int) -> None:
    """The progress of a simulation."""
    say(f"    {cycles:,} cycles")


class Step:
    """Prints what is being done, and how long it took."""

    def __init__(self, what: str):
        self._what = what

    def __enter__(self) -> "Step":
        self._begun = time.monotonic()
        say(f"==> {self._what}")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            say(f"    done in {time.monotonic() - self._begun:.1f} s")
