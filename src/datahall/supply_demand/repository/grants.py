"""SQL for grants and credentials; every change gets the next revision and is told to the gateway."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from datahall.kit.ids import ApplicationId, GrantId, ItemId, OrgId
from datahall.supply_demand.errors import GrantNotFound
from datahall.supply_demand.model.grants import (
    Algorithm,
    Condition,
    Credential,
    Grant,
    GrantedField,
    GrantStatus,
    GrantTerms,
    Operator,
)
from datahall.supply_demand.tables import credentials, grants

CHANNEL = "datahall_grants"
"""LISTEN here to hear of changed grants; the payload is the new revision."""

_COMMITS_IN_ORDER = sa.text("select pg_advisory_xact_lock(hashtext('supply_demand_grants'))")
"""Held to the end of the transaction, so that revisions become visible in their order and a
reader who has seen revision n never misses one below it."""


def grants_of_items(conn: sa.Connection, items: Sequence[ItemId]) -> dict[GrantId, ItemId]:
    """Every grant on one of `items`, ended ones too, with its item."""
    query = sa.select(grants.c.id, grants.c.item).where(grants.c.item.in_(items))
    return {GrantId(id): ItemId(item) for id, item in conn.execute(query)}


def _grant(row: sa.RowMapping) -> Grant:
    columns: dict[str, Any] = {c.name: row[c] for c in grants.columns}
    return Grant(
        **columns
        | {
            "fields": tuple(GrantedField(**f) for f in columns["fields"]),
            "row_scope": tuple(conditions(columns["row_scope"])),
            "hours": tuple(columns["hours"]) if columns["hours"] else None,
            "addresses": tuple(columns["addresses"]),
            "status": GrantStatus(columns["status"]),
        }
    )


def conditions(stored: Iterable[dict[str, Any]]) -> Iterable[Condition]:
    for c in stored:
        yield Condition(c["field"], Operator(c["operator"]), tuple(c["values"]))


def _credential(row: sa.RowMapping) -> Credential:
    columns: dict[str, Any] = {c.name: row[c] for c in credentials.columns}
    return Credential(**columns | {"algorithm": Algorithm(columns["algorithm"])})


def get(conn: sa.Connection, id: GrantId, *, lock: bool = False) -> Grant:
    """Return one grant; `lock` holds its row until the unit commits.

    Raises:
        GrantNotFound
    """
    query = sa.select(grants).where(grants.c.id == id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise GrantNotFound(grant=id)
    return _grant(row)


def save(conn: sa.Connection, grant: Grant) -> Grant:
    """Write the grant under the next revision, and tell the gateways at commit."""
    conn.execute(_COMMITS_IN_ORDER)
    newest = sa.select(sa.func.coalesce(sa.func.max(grants.c.revision), 0))
    saved = replace(grant, revision=conn.execute(newest).scalar_one() + 1)
    values = asdict(saved)
    statement = insert(grants).values(values)
    conn.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    conn.execute(sa.select(sa.func.pg_notify(CHANNEL, str(saved.revision))))
    return saved


def get_credential(conn: sa.Connection, grant: GrantId, *, lock: bool = False) -> Credential:
    query = sa.select(credentials).where(credentials.c.grant == grant)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one()
    return _credential(row)


def save_credential(conn: sa.Connection, credential: Credential) -> None:
    values = asdict(credential)
    statement = insert(credentials).values(values)
    conn.execute(statement.on_conflict_do_update(index_elements=["grant"], set_=values))


def grants_changed_since(conn: sa.Connection, revision: int) -> list[GrantTerms]:
    """Grants with their credentials changed after `revision`, oldest change first.

    Start from 0; then ask with the last revision seen. Revisions are committed in their order,
    so none is missed.
    """
    query = (
        sa.select(grants, credentials)
        .join_from(grants, credentials, grants.c.id == credentials.c.grant)
        .where(grants.c.revision > revision)
        .order_by(grants.c.revision)
    )
    rows = conn.execute(query).mappings()
    return [GrantTerms(_grant(row), _credential(row)) for row in rows]


def of_application(conn: sa.Connection, application: ApplicationId) -> Grant | None:
    """The grant that an application led to."""
    query = sa.select(grants).where(grants.c.application == application)
    row = conn.execute(query).mappings().one_or_none()
    return None if row is None else _grant(row)


def of_parties(conn: sa.Connection, *orgs: OrgId) -> list[Grant]:
    """Grants that one of `orgs` uses or provides; of everybody when none is named; newest first."""
    query = sa.select(grants).order_by(grants.c.issued_at.desc(), grants.c.id)
    if orgs:
        query = query.where(grants.c.consumer.in_(orgs) | grants.c.provider.in_(orgs))
    return [_grant(row) for row in conn.execute(query).mappings()]


def alive(conn: sa.Connection, item: ItemId, today: date) -> list[Grant]:
    """Grants on an entry whose term is not over and that nobody ended, held until the commit."""
    query = (
        sa.select(grants)
        .where(
            grants.c.item == item,
            grants.c.valid_to >= today,
            grants.c.status.in_([GrantStatus.ACTIVE, GrantStatus.SUSPENDED]),
        )
        .order_by(grants.c.issued_at, grants.c.id)
        .with_for_update()
    )
    return [_grant(row) for row in conn.execute(query).mappings()]


def with_unseen_secret(conn: sa.Connection, consumer: OrgId) -> list[Grant]:
    """The consumer's grants in force whose secret nobody has fetched, oldest first."""
    query = (
        sa.select(grants)
        .join(credentials, grants.c.id == credentials.c.grant)
        .where(
            grants.c.consumer == consumer,
            grants.c.status == GrantStatus.ACTIVE,
            credentials.c.revealed_at.is_(None),
        )
        .order_by(grants.c.issued_at)
    )
    return [_grant(row) for row in conn.execute(query).mappings()]


def past_their_term(conn: sa.Connection, today: date) -> list[Grant]:
    """Grants whose last day is over and that have not been ended."""
    query = sa.select(grants).where(
        grants.c.valid_to < today,
        grants.c.status.in_([GrantStatus.ACTIVE, GrantStatus.SUSPENDED]),
    )
    return [_grant(row) for row in conn.execute(query.with_for_update()).mappings()]
