"""The certificate of a finished run (对账证书): what was compared, when, and what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from datahall import ledger, organisations
from datahall.ingestion import Reach
from datahall.kit.ids import new_id
from datahall.kit.uow import Unit
from datahall.organisations import SYSTEM
from datahall.reconciliation import repository
from datahall.reconciliation.events import CertificateIssued
from datahall.reconciliation.model import Run
from datahall.reconciliation.narrowing import Part
from datahall.reconciliation.vocabulary import Fate, Ordering


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What a certificate is made of."""

    run: Run
    reach: Reach
    parts: Sequence[Part]
    found: Sequence[tuple[int | None, Fate]]  # position of each difference, and its fate
    moving: Sequence[int | None]
    began: datetime
    revision: int  # of the dataset, after the repair


def issue(unit: Unit, of: Issue) -> UUID:
    """Sign, store and enter the certificate of a run; its id."""
    id = new_id()
    signer = unit.keys.signer("ledger")
    statement = _statement(unit, of, id)
    canonical = orjson.loads(orjson.dumps(statement))  # as any reader of the file will have it
    repository.add_certificate(
        unit.conn,
        id=id,
        run=of.run.id,
        statement=orjson.dumps(canonical, option=orjson.OPT_SORT_KEYS).decode(),
        signature=ledger.signature_of(canonical, ledger.origin(), signer),
        issued_at=unit.now,
    )
    unit.record(
        CertificateIssued(
            at=unit.now,
            by=SYSTEM.by,
            certificate=id,
            run=of.run.id,
            item=of.run.item,
            digest=ledger.digest_of(canonical, signer.suite),
            root=str(canonical["root"]),
        )
    )
    return id


def _statement(unit: Unit, of: Issue, id: UUID) -> dict[str, Any]:
    item, run = of.reach.item, of.run
    provider = organisations.organisation(unit.conn, run.org)
    parts = [_part(n, part, of) for n, part in enumerate(of.parts)]
    return {
        "id": str(id),
        "what": "reconciliation",
        "item": {"id": str(item.id), "code": item.code or "", "title": item.title},
        "provider": {"id": str(provider.id), "name": provider.name},
        "table": of.reach.reading.name,
        "kind_of_source": str(of.reach.kind),
        "run": str(run.id),
        "from_at": _instant(of.began),
        "to_at": _instant(unit.now),
        "issued_at": _instant(unit.now),
        "position": run.position,
        "revision": of.revision,
        "method": str(run.method),
        "ordering": str(run.ordering),
        "ranges": len(parts),
        "totals": asdict(run.counts),
        "root": ledger.root_of(parts, unit.keys.signer("ledger").suite),
        "parts": parts,
    }


def _part(n: int, part: Part, of: Issue) -> Mapping[str, Any]:
    """One range; its ends are told only where a key tells nothing about a person."""
    fates = [fate for position, fate in of.found if position in part.span]
    key = next(f for f in of.reach.item.fields if f.is_key)
    told = of.run.ordering is Ordering.DIGEST or (key.sensitive.name == "NONE" and key.grade == 1)
    return {
        "n": n + 1,
        "low": part.span.low if told else None,
        "high": part.span.high if told else None,
        "source": part.source.rows,
        "hall": part.hall.rows,
        "waiting": part.waiting.rows,
        "settled": part.settled.rows,
        "digest": part.source.digest,
        "agreed": part.agrees,
        "found": len(fates),
        "repaired": sum(fate is not Fate.LEFT for fate in fates),
        "remaining": sum(fate is Fate.LEFT for fate in fates),
        "moving": sum(position in part.span for position in of.moving),
    }


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
