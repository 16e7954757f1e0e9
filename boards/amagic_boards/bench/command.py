"""`amagic bench`: what the GIC costs, how fast it is, and how many cycles it takes."""

import argparse
import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from amagic_sim.build import BuildError, build_root

from .measure import Meter
from .points import POINTS, QUICK, STORMS, Point
from .render import aligned, draw, page, point_rows, storm_rows
from .store import write_whole

__all__ = ["add_arguments", "run"]


def _point(text: str) -> Point:
    try:
        cpus, spis, lrs = map(int, text.split(":"))
        point = Point(cpus, spis, lrs)
        point.config  # noqa: B018 (raises when out of range)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"expected CPUS:SPIS:LRS, such as 2:96:4, not {text!r} ({error})"
        ) from None
    return point


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The bench's options."""
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--quick", action="store_true", help=f"only {QUICK}")
    chosen.add_argument(
        "--point",
        type=_point,
        action="append",
        metavar="CPUS:SPIS:LRS",
        help="only this size (may be repeated)",
    )
    parser.add_argument(
        "--out", type=Path, default=build_root() / "bench", help="where results go (%(default)s)"
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BuildError(f"another bench is running in {folder}") from None
        yield


def measure(
    meter: Meter,
    points: tuple[Point, ...],
    storms: tuple[Point, ...],
    publish: Callable[[dict], None],
) -> dict:
    """Measure all of these; `publish` gets the document again whenever it has grown."""
    document = {
        **meter.head(),
        "points": [{**asdict(point), "status": "not run"} for point in points],
        "storms": [],
    }
    for place, point in enumerate(points):
        document["points"][place] = meter.point(point)
        publish(document)
    for storm in storms:
        document["storms"].append(meter.storm(storm))
        publish(document)
    return document


def run(args: argparse.Namespace) -> int:
    whole = not (args.quick or args.point)
    points = POINTS if whole else tuple(args.point or (QUICK,))
    name = "bench" if whole else "quick" if args.quick else "points"

    def publish(document: dict) -> None:
        write_whole(args.out / f"{name}.json", json.dumps(document, indent=1) + "\n")
        write_whole(args.out / f"{name}.md", page(document))
        if whole:
            write_whole(args.out / "cost.svg", draw(document))

    with _alone(args.out):
        document = measure(Meter(args.out), points, STORMS if whole else (), publish)
        written = [f"{name}.json", f"{name}.md"]
        if whole:
            written.append("cost.svg")
    print()
    print(aligned(point_rows(document)))
    if document["storms"]:
        print(aligned(storm_rows(document)))
    print("written:")
    for file in written:
        print(f"  {args.out / file}")
    return 0
