"""The one family of expected failures; everything else is a bug and answers 500."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as default
from typing import ClassVar


class DomainError(Exception):
    """The platform refused the request.

    The class docstring is the developer's sentence.  The official's sentence stands in the
    package's `messages.toml` under the same code; keyword arguments fill its placeholders.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    field: ClassVar[str | None] = None  # the form field that the refusal is about

    def __init__(self, **detail: object) -> None:
        self.detail = detail
        super().__init__(inspect.cleandoc(type(self).__doc__ or self.code))


class CannotStart(RuntimeError):
    """A command cannot do its work here; its text is the sentence for the person at the console."""


class Transient:
    """Mixed into an error of a job: try again later with backoff."""


class Terminal:
    """Mixed into an error of a job: trying again cannot help; stop and tell somebody."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one field of what was sent."""

    field: str  # dotted path, e.g. "fields.3.name"
    code: str  # as in messages.toml
    detail: dict[str, object] = default(default_factory=dict)


class Invalid(DomainError):
    """What was sent has mistakes; each is named beside its field."""

    code = "invalid"
    status = 422

    def __init__(self, faults: Sequence[Fault], **detail: object) -> None:
        self.faults = tuple(faults)
        super().__init__(count=len(self.faults), **detail)
