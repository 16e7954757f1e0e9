"""What a board is to this project, and which boards there are."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType

from amaranth.vendor import LatticeECP5Platform

from amagic.soc.soc import SocConfig
from amagic_sim.build import BuildError

from .lights import LIGHTS

__all__ = ["BOARDS", "DEVICES", "Board", "BoardError", "Device", "Pin", "find_board"]

BOARDS = ("ulx3s", "ecpix5", "versa_ecp5", "icepi_zero")
"""The boards, each a module of this package."""


class BoardError(BuildError):
    """There is no such board, or it cannot be used so."""


@dataclass(frozen=True)
class Device:
    """A device of the ECP5 family: nextpnr's option for it, and its nominal size.

    The tools give a 12F all of the 25F's die. That is not relied on: a design that does not fit the
    nominal size is refused. The LUTs are those of the parts' names, the block RAMs those that
    nextpnr counts (the 12F's are unverified, as it counts the 25F's).
    """

    option: str
    luts: int
    block_rams: int


DEVICES: Mapping[str, Device] = MappingProxyType(
    {
        "LFE5U-12F": Device("--12k", 12_000, 32),
        "LFE5U-25F": Device("--25k", 24_000, 56),
        "LFE5U-45F": Device("--45k", 44_000, 108),
        "LFE5U-85F": Device("--85k", 84_000, 208),
        "LFE5UM-45F": Device("--um-45k", 44_000, 108),
        "LFE5UM-85F": Device("--um-85k", 84_000, 208),
        "LFE5UM5G-45F": Device("--um5g-45k", 44_000, 108),
        "LFE5UM5G-85F": Device("--um5g-85k", 84_000, 208),
    }
)

PACKAGES = MappingProxyType(
    {"BG256": "CABGA256", "MG285": "CSFBGA285", "BG381": "CABGA381", "BG554": "CABGA554"}
)


@dataclass(frozen=True)
class Pin:
    """A pin of a board's platform: a resource of one bit, or a part of a resource."""

    resource: str
    number: int = 0
    part: str | None = None

    def port(self, ports: Container[str]) -> str:
        """Which of a top level's `ports` it is; of a differential pair, the positive one.

        `BoardError` when it is none of them.
        """
        name = "__".join([f"{self.resource}_{self.number}", *([self.part] if self.part else [])])
        for port in (f"{name}__io", f"{name}__p"):
            if port in ports:
                return port
        raise BoardError(f"the top level has no pin {name}")

    def is_inverted(self, platform: LatticeECP5Platform) -> bool:
        """Whether it is low when it is active."""
        ios = platform.lookup(self.resource, self.number).ios
        if self.part:
            ios = next(part.ios for part in ios if part.name == self.part)
        return ios[0].invert


@dataclass(frozen=True)
class Board:
    """A board.

    Parameters
    ----------
    name : str
        What it is called on the command line.
    title : str
        What it is called by people.
    platform : callable
        Makes its platform (a class of ``amaranth_boards``).
    loader : sequence of str
        openFPGALoader's arguments that choose the board, or its cable.
    reset : Pin
        The button that resets the system-on-chip.
    lights : sequence of Pin
        Where the lights of `LIGHTS` are, in that order; there may be fewer.
    buttons : sequence of Pin
        Inputs that become shared interrupts: button n is SPI n + 1 (INTID 33 + n).
    high : sequence of Pin
        Outputs that must be 1 for the board to work.
    soc : SocConfig
        The system-on-chip.
    """

    name: str
    title: str
    platform: Callable[[], LatticeECP5Platform]
    loader: tuple[str, ...]
    reset: Pin
    lights: tuple[Pin, ...]
    buttons: tuple[Pin, ...] = ()
    high: tuple[Pin, ...] = ()
    soc: SocConfig = field(default_factory=SocConfig)

    def __post_init__(self) -> None:
        if not 1 <= len(self.lights) <= len(LIGHTS):
            raise ValueError(f"{self.name}: lights must be 1 to {len(LIGHTS)} pins")
        if len(self.buttons) > self.soc.gic.spis - 1:
            raise ValueError(
                f"{self.name}: buttons must be at most {self.soc.gic.spis - 1}, one for each SPI"
                f" behind the serial port's, not {len(self.buttons)}"
            )

    @property
    def device(self) -> Device:
        return DEVICES[self.platform.device]

    def connections(
        self, ports: Container[str], *, clock: str, rx: str, tx: str, reset: str = "1'b0"
    ) -> Mapping[str, str]:
        """For a simulation: what each input, and the serial line, is connected to, by port.

        `reset` is 1 while the reset button is pressed; nobody presses another. `BoardError` when a
        pin is none of the top level's `ports`.
        """
        platform = self.platform()
        pressed = {self.reset: reset, **dict.fromkeys(self.buttons, "1'b0")}
        nets = {
            Pin(platform.default_clk): clock,
            Pin("uart", 0, "rx"): rx,
            Pin("uart", 0, "tx"): tx,
            **{pin: f"~{it}" if pin.is_inverted(platform) else it for pin, it in pressed.items()},
        }
        return {pin.port(ports): net for pin, net in nets.items()}

    @property
    def nextpnr_arguments(self) -> tuple[str, ...]:
        """nextpnr's arguments that choose the part."""
        return (
            self.device.option,
            *("--package", PACKAGES[self.platform.package]),
            *("--speed", self.platform.speed),
        )


def find_board(name: str) -> Board:
    """The board of that name. `BoardError`, with the names that there are, when there is none."""
    if name not in BOARDS:
        raise BoardError(f"there is no board {name!r}; there are {', '.join(BOARDS)}")
    return import_module(f".{name}", __package__).BOARD
