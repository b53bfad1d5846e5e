"""How a lower package asks a higher one: a question, answered in the same transaction.

An event tells what was done; a question asks what others know before it is done (who still uses
this entry?).  The asking package declares the question, `bootstrap` names who answers, and
without an answerer there is no answer.
"""

from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Question(Generic[Answer]):
    """Base of questions; a subclass is a frozen dataclass that says what is asked about."""
