"""The distributor's transactions, and the order in which they are taken.

Everything that changes the distributor's state is a transaction on one row of 32 interrupts, and
one is done after another. So a race has no rules of its own: its outcome is that of the order in
which the transactions are taken, and this file is where the order is written.

**The order.** Transactions wait until they are taken. When the distributor is free, it takes all
that wait in that cycle as a *round*, in the order of `Kind`; of one kind, the lowest CPU comes
first. What arrives during a round waits for the next one.

- Deactivations come first (those of EOIR and DIR, then those that list registers forward): they
  only ever release, so whoever comes later in the same round sees the interrupt free. It also
  keeps the promise of `SourceSignature` that a deactivation precedes every later grant.
- A line event comes before software's access: with events in one row, a read of a status register
  tells of every edge that came no later than the access, and a write to ``GICD_ICPENDR`` takes it
  back. A round takes the events of one row. When lines of several rows change at once, those of
  the other rows come in later rounds, and so behind the access, as lines that change later.
- A look at the candidate comes last, so that it takes everything into account that was taken
  before.

**Nobody starves.** In a round each requester is served at most once, and the lines count as one
requester: one row with an event is served in a round, the rows in rounds of their own. A line that
changes in every cycle, or software that writes GICD without a pause, delays each of the others by
at most one transaction a round.
"""

from amaranth.lib import data, enum

from ..bus.frame import CPU_WIDTH
from .types import INTID_WIDTH

__all__ = ["Kind", "Transaction"]


class Kind(enum.Enum, shape=4):
    """Kinds of transactions, in the order in which a round takes them."""

    DEACTIVATE = 0
    """A CPU wrote GICC_EOIR, GICC_AEOIR or GICC_DIR."""
    FORWARD = 1
    """A list register with HW = 1 passes its deactivation on."""
    LINE = 2
    """A line of the row changed."""
    ACCESS = 3
    """Software reads or writes GICD."""
    ACKNOWLEDGE = 4
    """A CPU interface looks at its candidate, and may acknowledge it."""


class Transaction(data.Struct):
    """One transaction, for an observer. All is valid in a cycle with ``stb``.

    An acknowledge and a deactivation name their interrupt, an event of a line and an access the
    first interrupt of their row. A look without acknowledge, a deactivation without effect (the
    interrupt is not there, or in the wrong group), and an access that touches no row are left out.
    ``cpu`` is the CPU that acts; for a line, that of the PPI, and 0 for an SPI.
    """

    stb: 1
    kind: Kind
    cpu: CPU_WIDTH
    intid: INTID_WIDTH
