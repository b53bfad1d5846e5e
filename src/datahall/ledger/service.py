"""Use cases of the ledger."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from datahall.kit.crypto import Suite
from datahall.kit.events import Event
from datahall.kit.uow import Unit
from datahall.ledger import repository
from datahall.ledger.model import ActRefused, Leaf, call_leaf, leaf_of


def append(conn: Connection, new: Sequence[Leaf], *, suite: Suite = Suite.INTL) -> list[UUID]:
    """Keep evidence of what happened, in the caller's transaction and without a lock (存证).

    Returns:
        The ids of the leaves, by which receipts are asked for.  Their places in the log come
        with the next checkpoint.
    """
    made = [
        (
            leaf,
            call_leaf(
                {
                    "kind": leaf.kind,
                    "subject": leaf.subject,
                    "at": leaf.at,
                    "by": leaf.by,
                    "body": leaf.body,
                },
                suite=suite,
            ),
        )
        for leaf in new
    ]
    if made:
        repository.add(conn, made)
    return [salted.leaf for _, salted in made]


def record_acts(unit: Unit, events: Sequence[Event]) -> None:
    """The sink of units: every act becomes a leaf in the transaction that it belongs to."""
    append(unit.conn, [leaf_of(event) for event in events], suite=unit.keys.suite)


def record_refusal(unit: Unit, *, by: str, act: str, code: str, on: str = "") -> None:
    """Record that an act was refused; called by the edge in a unit of its own.

    Args:
        by: who tried, or `anonymous`.
        act: what was tried, as `POST /catalogue/items`.
        code: the refusal's code, as `security.not_permitted`.
        on: the thing, as `kind:id`, when it is known.
    """
    unit.record(ActRefused(at=unit.now, by=by, act=act, on=on, code=code))
