"""Acts: what a unit records, what the ledger keeps and what other packages subscribe to."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

REGISTRY: dict[str, type["Event"]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An act (行为): something that somebody did, at an instant, to one thing.

    Subclasses are named by a past participle and tagged `package:thing:verb`.
    """

    tag: ClassVar[str]

    at: datetime  # UTC, the unit's instant
    by: str  # who: a person's id, `app:<id>` or `system`

    def __init_subclass__(cls, **kwargs: object) -> None:
        # Called twice for a slotted dataclass; the second class replaces the first.
        if tag := cls.__dict__.get("tag"):
            REGISTRY[tag] = cls

    @property
    def subject(self) -> str:
        """The thing acted on, as `kind:id`; acts are looked up by it."""
        raise NotImplementedError
