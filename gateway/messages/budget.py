"""Limits how much work one rendering may do.

A template is written by the author of the catalogue, and its loops and filters work on data of any source, so both
together decide how long a rendering takes. Steps are counted rather than seconds, so that whether a message fails does
not depend on what else the machine is doing. A step is roughly a tenth of a microsecond. CPU time is measured as well,
less often, for work that the count of steps does not see.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

from gateway.errors import TemplateFailed
from gateway.messages.binding import Binding

MAX_STEPS = 1_000_000
MAX_ITERATIONS = 10_000
"""The limit for all loops in one message together; further elements are left out."""
MAX_CPU_S = 0.5
STEPS_BETWEEN_CLOCK_READS = 20_000
CHARACTERS_PER_STEP = 16
"""How many characters of a text a filter processes in one step."""
STEPS_PER_CALL = 10
"""The steps for each filter, comparison, iteration and shown value, in addition to those for its arguments."""


@dataclass
class Budget:
    """What is left for one rendering."""

    steps: int = MAX_STEPS
    iterations: int = MAX_ITERATIONS
    next_check: int = MAX_STEPS - STEPS_BETWEEN_CLOCK_READS
    """`check` is due once fewer steps than this are left."""
    clock: Callable[[], float] = time.thread_time
    """CPU seconds of this thread."""
    started_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.started_s = self.clock()

    def check(self) -> None:
        """Raises: TemplateFailed if the steps are used up, or the CPU time."""
        if self.steps < 0:
            raise TemplateFailed(
                f"the template takes more than {MAX_STEPS:,} steps for this event's data: lists or loops are too long"
            )
        self.next_check = max(0, self.steps - STEPS_BETWEEN_CLOCK_READS)
        if self.clock() - self.started_s > MAX_CPU_S:
            raise TemplateFailed(f"the template takes more than {MAX_CPU_S} s for this event's data")


_current: ContextVar[Budget | None] = ContextVar("rendering_budget", default=None)


def limited(budget: Budget | None = None) -> Binding[Budget | None]:
    """A block within which `spend` takes from one *budget*, by default a new one."""
    return Binding(_current, budget or Budget())


def spend(steps: int) -> None:
    """Counts *steps* for the rendering in progress. Outside of a rendering, filters may work as much as they like.

    Raises: TemplateFailed if the rendering has too few left.
    """
    budget = _current.get()
    if budget is not None:
        budget.steps -= steps
        if budget.steps < budget.next_check:
            budget.check()


def spend_text(text: str, passes: int = 1) -> None:
    """Counts the steps for *passes* passes over *text*. Raises: TemplateFailed."""
    spend(STEPS_PER_CALL + passes * (len(text) // CHARACTERS_PER_STEP))


def take_iteration() -> bool:
    """Whether a loop may go on to its next element."""
    budget = _current.get()
    if budget is None:
        return True
    budget.iterations -= 1
    return budget.iterations >= 0
