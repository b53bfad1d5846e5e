"""SQL of exemptions: model in, model out."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import sqlalchemy as sa

from datahall.coverage.errors import ExemptionNotFound
from datahall.coverage.model import Exemption, ExemptionStatus, Ground, Proof, SubjectKind
from datahall.coverage.tables import exemptions
from datahall.kit.ids import ExemptionId, OrgId

PLAIN = tuple(f.name for f in fields(Exemption) if f.name != "proof")


def get(conn: sa.Connection, id: ExemptionId, *, lock: bool = False) -> Exemption:
    """One exemption; with `lock`, nobody else changes it until the unit commits.

    Raises:
        ExemptionNotFound
    """
    query = sa.select(exemptions).where(exemptions.c.id == id)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise ExemptionNotFound(exemption=id)
    return _exemption(row)


def add(conn: sa.Connection, exemption: Exemption) -> None:
    conn.execute(sa.insert(exemptions).values(**_values(exemption)))


def save(conn: sa.Connection, exemption: Exemption) -> None:
    conn.execute(
        sa.update(exemptions).where(exemptions.c.id == exemption.id).values(**_values(exemption))
    )


def all_of(
    conn: sa.Connection,
    org: OrgId | None = None,
    *,
    stages: Sequence[ExemptionStatus] = tuple(ExemptionStatus),
) -> list[Exemption]:
    """The exemptions of one department or of all, the newest first."""
    query = sa.select(exemptions).where(exemptions.c.status.in_([str(s) for s in stages]))
    if org is not None:
        query = query.where(exemptions.c.org == org)
    order = (exemptions.c.asked_at.desc(), exemptions.c.id.desc())
    return [_exemption(row) for row in conn.execute(query.order_by(*order))]


def hold(conn: sa.Connection, subject: object) -> None:
    """Hold a subject's lock, so that it is not asked for twice at once."""
    key = sa.func.hashtext(f"coverage:{subject}")
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def _exemption(row: sa.Row[Any]) -> Exemption:
    proof = Proof(
        digest=row.proof_digest,
        name=row.proof_name,
        media=row.proof_media,
        size_bytes=row.proof_size,
    )
    typed = {
        "kind": SubjectKind(row.kind),
        "ground": Ground(row.ground),
        "status": ExemptionStatus(row.status),
    }
    return Exemption(**({name: getattr(row, name) for name in PLAIN} | typed), proof=proof)


def _values(exemption: Exemption) -> dict[str, Any]:
    return {
        **{name: getattr(exemption, name) for name in PLAIN},
        "proof_digest": exemption.proof.digest,
        "proof_name": exemption.proof.name,
        "proof_media": exemption.proof.media,
        "proof_size": exemption.proof.size_bytes,
    }
