"""The verdict on a run that the judge has followed: what there is against it."""

from collections.abc import Sequence
from dataclasses import dataclass

from .judge import Judge
from .mode import Mode
from .results import VTIMER_INTID, DueClass

__all__ = ["Verdict"]


@dataclass(frozen=True)
class Verdict:
    """The judgement of a run: PASS when there is no reason against it."""

    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """True for PASS."""
        return not self.reasons

    @classmethod
    def of(
        cls,
        judge: Judge,
        ticks: Sequence[int | None],
        per_class: int = 0,
        dropped: int = 0,
        mode: Mode | None = Mode.FORWARDED,
    ) -> "Verdict":
        """Judges a run.

        Parameters
        ----------
        judge : Judge
            It has followed the trace.
        ticks : sequence of int or None
            How many ticks each guest was to get; None for a user's own guest, of which nobody
            knows. Such a guest may bring about what is a fault in others: a handler entry whose
            acknowledge gives no tick, and an end that is not forwarded (of an interrupt that was
            spilled, which the host deactivates).
        per_class : int
            At least so many ticks must have fallen due in each class but `DueClass.PAST`, over
            all guests.
        dropped : int
            Events that the probe lost.
        mode : Mode
            How the ticks were to be brought to the guests. Only in one mode does an end of the
            guest's deactivate the physical interrupt. In the others the host masks the timer, so
            that a tick may have no line. None where a guest came from another mode: then neither
            is asked for.
        """
        forwards, masks = mode is not None and mode.forwards, mode is not None and not mode.forwards
        reasons = []
        if judge.ended is None:
            reasons.append("the run did not come to its end mark")
        if dropped:
            reasons.append(f"the probe dropped {dropped} events")
        for number, result in enumerate(judge.results):
            for what, count in (
                ("lost", len(result.lost)),
                ("duplicated", result.duplicated),
                ("early", len(result.early)),
                ("taken while masked", len(result.while_masked)),
                (
                    "without a line",
                    sum(forwards and tick.line is None for tick in result.delivered),
                ),
            ):
                if count:
                    reasons.append(f"guest {number}: {count} ticks {what}")
            reasons += [
                f"guest {number}: its counter went on by {jump} cycles while it moved"
                for jump in result.jumps
            ]
            wanted = ticks[number]
            if wanted is None:
                continue
            if result.spurious:
                reasons.append(
                    f"guest {number}: {len(result.spurious)} handler entries for nothing"
                )
            if result.unforwarded and forwards:
                reasons.append(
                    f"guest {number}: {len(result.unforwarded)} ends of its tick did not deactivate"
                    f" PPI {VTIMER_INTID}, first in cycle {result.unforwarded[0]}"
                )
            if len(result.delivered) != wanted:
                reasons.append(
                    f"guest {number}: {len(result.delivered)} ticks delivered, {wanted} asked for"
                )
        if masks and any(result.forwarded for result in judge.results):
            reasons.append(f"ends by the guests deactivated PPI {VTIMER_INTID}")
        if judge.unasked:
            reasons.append(
                f"PPI {VTIMER_INTID} was deactivated {len(judge.unasked)} times without an end by"
                f" a guest, first in cycle {judge.unasked[0]}"
            )
        for due_class in DueClass:
            if due_class is DueClass.PAST:
                continue
            count = sum(result.in_class(due_class) for result in judge.results)
            if count < per_class:
                reasons.append(f"{count} ticks fell due {due_class.value}, {per_class} are needed")
        return cls(tuple(reasons))
