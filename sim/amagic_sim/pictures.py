"""What a person would rather see than read: the life of one tick, and where latencies lie."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from amagic.gic.transaction import Kind
from amagic.registers import GICD, GICH, GICV

from .comparison import CAUSES, Measured
from .judge import Judge
from .mode import Mode
from .outcome import Outcome
from .results import VTIMER_INTID, DueClass, Tick
from .trace import Event, EventKind

__all__ = [
    "Lane",
    "Span",
    "draw_comparison",
    "draw_histogram",
    "draw_timeline",
    "lanes_of",
]

_HANDLER = 0
_ACTIVE_BY_WRITE = {GICD.ISACTIVER.offset: True, GICD.ICACTIVER.offset: False}
_STATES = ("inactive", "pending", "active", "active and pending")
_COLOURS = {
    "high": "#4c78a8",
    "pending": "#f2b447",
    "active": "#e45756",
    "active and pending": "#b0393a",
    "host": "#9c6ade",
    "guest": "#54a24b",
    "handler": "#2d6a2a",
}
_CAUSE_COLOURS = dict(
    zip(CAUSES, ("#f2b447", "#9c6ade", "#54a24b", "#e45756", "#bbbbbb"), strict=True)
)
_MODE_COLOURS = dict(zip(Mode, ("#e45756", "#f2b447", "#54a24b", "#4c78a8"), strict=True))


@dataclass(frozen=True)
class Span:
    """A stretch of a lane, from cycle ``start`` to ``end``, in one state."""

    start: int
    end: int
    state: str


@dataclass
class Lane:
    """One row of the timeline: what it shows, and its spans. Idle stretches have no span."""

    name: str
    spans: list[Span] = field(default_factory=list)
    _since: int = 0
    _state: str | None = None

    def change(self, now: int, state: str | None) -> None:
        """The lane enters ``state`` (None: idle) in cycle ``now``."""
        if state == self._state:
            return
        if self._state is not None and now > self._since:
            self.spans.append(Span(self._since, now, self._state))
        self._since, self._state = now, state


class _Scene:
    """Follows the events and keeps the lanes' states."""

    def __init__(self) -> None:
        names = ("timer line", "PPI 27", "nIRQ", "host", "list register", "nVIRQ", "guest")
        self.lanes = {name: Lane(name) for name in names}
        self._line = False

    def _level(self, lane: str, event: Event) -> None:
        self.lanes[lane].change(event.time, "high" if event.value else None)

    def _distributor(self, now: int, active: bool | None) -> None:
        """The PPI is pending while its line is high; ``active`` None leaves that part alone."""
        lane = self.lanes["PPI 27"]
        if active is None:
            active = (lane._state or "").startswith("active")
        index = 2 * active + self._line
        lane.change(now, _STATES[index] if index else None)

    def _transaction(self, event: Event) -> None:
        if event.aux & 0x3FF != VTIMER_INTID:
            return
        kind = Kind(event.aux >> 12)
        if kind is Kind.ACKNOWLEDGE:
            self._distributor(event.time, active=True)
        elif kind in (Kind.DEACTIVATE, Kind.FORWARD):
            self._distributor(event.time, active=False)

    def _distributor_write(self, event: Event) -> None:
        """The world switch sets and clears the active state itself."""
        if event.value >> VTIMER_INTID & 1 and event.aux in _ACTIVE_BY_WRITE:
            self._distributor(event.time, active=_ACTIVE_BY_WRITE[event.aux])

    def _list_register(self, event: Event) -> None:
        if not GICH.LR.offset <= event.aux < GICH.LR.end:
            return
        fields = GICH.LR.unpack(event.value)
        lane = self.lanes["list register"]
        if fields["State"] and fields["VirtualID"] == VTIMER_INTID:
            lane.change(event.time, _STATES[fields["State"]])
        elif event.aux == GICH.LR.offset:
            lane.change(event.time, None)

    def _guest_read(self, event: Event) -> None:
        if event.aux == GICV.IAR.offset and event.value == VTIMER_INTID:
            self.lanes["list register"].change(event.time, "active")

    def _guest_write(self, event: Event) -> None:
        if event.aux == GICV.EOIR.offset and event.value & 0x3FF == VTIMER_INTID:
            self.lanes["list register"].change(event.time, None)
            self.lanes["guest"].change(event.time, "guest")

    def _privilege(self, event: Event) -> None:
        in_host = event.value == 3
        self.lanes["host"].change(event.time, "host" if in_host else None)
        self.lanes["guest"].change(event.time, None if in_host else "guest")

    def see(self, event: Event) -> None:
        """Takes one event into account."""
        kind = event.kind
        if kind is EventKind.VTIMER and event.aux == 0:
            self._line = bool(event.value)
            self._level("timer line", event)
            self._distributor(event.time, active=None)
        elif kind is EventKind.IRQ:
            self._level("nIRQ", event)
        elif kind is EventKind.VIRQ:
            self._level("nVIRQ", event)
        elif kind is EventKind.DISTRIBUTOR:
            self._transaction(event)
        elif kind is EventKind.GICD_WRITE:
            self._distributor_write(event)
        elif kind is EventKind.GICH_WRITE:
            self._list_register(event)
        elif kind is EventKind.GICV_READ:
            self._guest_read(event)
        elif kind is EventKind.GICV_WRITE:
            self._guest_write(event)
        elif kind is EventKind.PRIVILEGE:
            self._privilege(event)
        elif kind is EventKind.WATCH and event.aux == _HANDLER:
            self.lanes["guest"].change(event.time, "handler")


def lanes_of(events: Iterable[Event], start: int, end: int) -> list[Lane]:
    """The lanes between cycles ``start`` and ``end``, from the trace of the whole run."""
    scene = _Scene()
    for event in events:
        if event.time > end:
            break
        scene.see(event)
    for lane in scene.lanes.values():
        lane.change(end, None)
        lane.spans = [
            Span(max(span.start, start), span.end, span.state)
            for span in lane.spans
            if span.end > start
        ]
    return list(scene.lanes.values())


def _save(figure: Figure, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context({"svg.hashsalt": "amagic", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None}, bbox_inches="tight")
    return path


def draw_timeline(events: Sequence[Event], tick: Tick, path: Path, title: str) -> Path:
    """Draws the life of one tick, with the run's own cycle numbers, as an SVG.

    ``tick`` must have been delivered and ended.
    """
    if tick.line is None or tick.iar is None or tick.eoi is None or tick.entry is None:
        raise ValueError("a timeline needs a tick with a line, a handler entry, an IAR and an EOI")
    length = tick.eoi - tick.line
    start, end = tick.line - length // 10, tick.eoi + length // 8
    lanes = lanes_of(events, start, end)
    figure = Figure(figsize=(11, 4.2))
    axes = figure.subplots()
    for row, lane in enumerate(reversed(lanes)):
        axes.axhline(row, color="#dddddd", linewidth=1, zorder=0)
        for span in lane.spans:
            axes.broken_barh(
                [(span.start, span.end - span.start)],
                (row - 0.35, 0.7),
                facecolor=_COLOURS[span.state],
            )
            if span.end - span.start > (end - start) / 12 and span.state != "high":
                axes.text(
                    (span.start + span.end) / 2,
                    row,
                    span.state,
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white",
                )
    marks = (("line", tick.line), ("handler", tick.entry), ("IAR", tick.iar), ("EOIR", tick.eoi))
    for level, (label, time) in enumerate(marks):
        axes.axvline(time, color="#555555", linewidth=0.8, linestyle=":")
        axes.text(
            time,
            len(lanes) - 0.45 + 0.32 * (level % 3),
            f"{label} +{time - tick.line}",
            fontsize=8,
            ha="center",
        )
    axes.set_yticks(range(len(lanes)), [lane.name for lane in reversed(lanes)])
    axes.set_xlim(start, end)
    axes.set_ylim(-0.6, len(lanes) + 0.6)
    axes.set_xlabel("cycle of the run")
    axes.ticklabel_format(axis="x", style="plain", useOffset=False)
    axes.set_title(title, loc="left", pad=16)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    return _save(figure, path)


def draw_histogram(judge: Judge, path: Path) -> Path:
    """Draws how long ticks took from the timer's line to the handler, a panel a guest."""
    results = judge.results
    figure = Figure(figsize=(11, 2.6 * len(results)))
    panels = figure.subplots(len(results), 1, sharex=True, squeeze=False)
    for number, (axes, result) in enumerate(zip(panels[:, 0], results, strict=True)):
        samples: dict[DueClass, list[int]] = {due_class: [] for due_class in DueClass}
        for tick in result.delivered:
            if tick.latency is not None:
                samples[tick.due_class].append(tick.latency)
        samples = {due_class: some for due_class, some in samples.items() if some}
        if samples:
            labels = [f"{due_class.value}, n={len(some)}" for due_class, some in samples.items()]
            axes.hist(list(samples.values()), bins=60, stacked=True, label=labels)
            # Beside the axes: inside, it would hide samples.
            axes.legend(
                title="fell due",
                fontsize=8,
                title_fontsize=8,
                loc="upper left",
                bbox_to_anchor=(1, 1),
            )
        else:
            axes.text(0.5, 0.5, "no sample", ha="center", transform=axes.transAxes)
        axes.set_ylabel(f"guest {number}: ticks")
        axes.set_yscale("symlog", linthresh=1)
    panels[-1, 0].set_xlabel("cycles from the timer's line to the handler's first instruction")
    return _save(figure, path)


def _stack(axes: Axes, runs: Mapping[Mode, Measured], counts: str, title: str) -> None:
    """A bar a mode, of what each cause of an exit adds for each tick."""
    for row, run in enumerate(runs.values()):
        left = 0.0
        for cause, name in CAUSES.items():
            width = getattr(run, counts)[cause] / max(1, len(run.ticks))
            axes.barh(
                row, width, left=left, color=_CAUSE_COLOURS[cause], label=None if row else name
            )
            left += width
        axes.text(left, row, f" {left:,.2f}" if left < 100 else f" {left:,.0f}", va="center")
    axes.set_yticks(range(len(runs)), [mode.value for mode in runs])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.18 * axes.get_xlim()[1])
    axes.set_title(title, loc="left", fontsize=10)


def _shares(axes: Axes, runs: Mapping[Mode, Measured], samples: str, title: str) -> None:
    """A line a mode: how many of the ticks took at most so many cycles."""
    for mode, run in runs.items():
        ordered = sorted(getattr(run, samples))
        if not ordered:
            continue
        shares = [(place + 1) / len(ordered) for place in range(len(ordered))]
        label = f"{mode.value}, n={len(ordered)}"
        axes.step(ordered, shares, where="post", color=_MODE_COLOURS[mode], label=label)
    axes.set_xscale("log")
    axes.set_ylim(0, 1.02)
    axes.set_ylabel("share of the ticks")
    axes.set_xlabel("cycles, at most")
    axes.grid(color="#dddddd", linewidth=0.5)
    axes.set_title(title, loc="left", fontsize=10)
    if axes.lines:
        axes.legend(fontsize=8, loc="lower right")


def draw_comparison(outcomes: Mapping[Mode, Outcome], path: Path) -> Path:
    """Draws what a tick costs in each mode, and how long it takes."""
    runs = {mode: Measured(outcome) for mode, outcome in outcomes.items()}
    figure = Figure(figsize=(11, 7), layout="constrained")
    (exits, cycles), (line, due) = figure.subplots(2, 2)
    _stack(exits, runs, "exits", "Exits to the host, for each tick")
    _stack(cycles, runs, "host_cycles", "Cycles in the host, for each tick")
    _shares(line, runs, "from_line_running", "From the timer's line to the handler, guest running")
    _shares(due, runs, "waits", "From falling due to the handler, every tick")
    figure.legend(
        *exits.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8
    )
    for axes in (exits, cycles, line, due):
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    return _save(figure, path)
