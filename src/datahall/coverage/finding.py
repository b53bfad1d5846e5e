"""The gap finder: what scans see and lists name, beside what published entries cover (应编尽编)."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from datahall import catalogue, ingestion, lists
from datahall.catalogue import Asset, EntryName, ItemStatus
from datahall.coverage import repository
from datahall.coverage.model import (
    Account,
    Exemption,
    ExemptionStatus,
    State,
    Subject,
    SubjectKind,
    named_after,
)
from datahall.ingestion import Source
from datahall.kit.ids import OrgId, SourceId
from datahall.lists import SystemRow


def account(conn: Connection, today: date, org: OrgId | None = None) -> Account:
    """Everything that one department, or every department, has to catalogue."""
    found = accounts(conn, today, org)
    return Account(subjects=[one for of in found.values() for one in of.subjects])


def accounts(conn: Connection, today: date, org: OrgId | None = None) -> Mapping[OrgId, Account]:
    """The account of each department that has anything to catalogue, or of the one asked for."""
    sources = ingestion.sources_of(conn, org)
    source_names = {source.id: source.name for source in sources}
    exemptions = _newest(repository.all_of(conn, org))
    assets = _by_org(catalogue.assets(conn, org))
    listed = _listed(conn, org)
    entries: dict[OrgId, list[EntryName]] = {}
    for entry in catalogue.entry_names(conn, org):
        entries.setdefault(entry.provider, []).append(entry)
    owned: dict[OrgId, list[Source]] = {}
    for source in sources:
        owned.setdefault(source.org, []).append(source)
    return {
        one: Account(
            subjects=[
                *(
                    _table(asset, source_names, exemptions.get(asset.table), today)
                    for asset in assets.get(one, ())
                ),
                *(
                    _system(
                        one,
                        system,
                        _evidence(
                            system.name,
                            entries.get(one, ()),
                            owned.get(one, ()),
                            assets.get(one, ()),
                        ),
                        exemptions.get(system.row),
                        today,
                    )
                    for system in listed.get(one, ())
                ),
            ]
        )
        for one in sorted({*assets, *listed}, key=str)
    }


def subject(
    conn: Connection, today: date, org: OrgId, kind: SubjectKind, id: UUID
) -> Subject | None:
    """One table or system of a department; None when it is not there."""
    found = account(conn, today, org).subjects
    return next((one for one in found if (one.kind, one.id) == (kind, id)), None)


def _listed(conn: Connection, org: OrgId | None) -> dict[OrgId, Sequence[SystemRow]]:
    """The systems of the published lists, by department."""
    orgs = [org] if org is not None else lists.orgs_with_systems(conn)
    found = {one: lists.systems(conn, one) for one in orgs}
    return {one: systems for one, systems in found.items() if systems}


def _by_org(assets: Sequence[Asset]) -> dict[OrgId, list[Asset]]:
    found: dict[OrgId, list[Asset]] = {}
    for asset in assets:
        found.setdefault(asset.org, []).append(asset)
    return found


def _newest(exemptions: Sequence[Exemption]) -> dict[UUID, Exemption]:
    """The exemption that counts of each subject: one that is asked for, else the newest."""
    found: dict[UUID, Exemption] = {}
    for one in exemptions:  # the newest first
        known = found.get(one.subject)
        if known is None or one.status is ExemptionStatus.ASKED:
            found[one.subject] = one
    return found


def _table(
    asset: Asset, names: Mapping[SourceId, str], exemption: Exemption | None, today: date
) -> Subject:
    published = asset.entry_status is ItemStatus.PUBLISHED
    state = _state(published, exemption, today)
    if state is State.GAP and asset.entry is not None:
        state = State.DRAFTED
    return Subject(
        kind=SubjectKind.TABLE,
        id=asset.table,
        org=asset.org,
        name=asset.title,
        place=f"{asset.schema}.{asset.name}" if asset.schema else asset.name,
        source=names.get(asset.source, ""),
        rows=asset.row_estimate,
        columns=asset.columns,
        state=state,
        covered_by=f"目录“{asset.entry_title}”" if published else "",
        entry=asset.entry,
        exemption=exemption,
    )


def _system(
    org: OrgId,
    system: SystemRow,
    evidence: tuple[str, UUID | None] | None,
    exemption: Exemption | None,
    today: date,
) -> Subject:
    return Subject(
        kind=SubjectKind.SYSTEM,
        id=system.row,
        org=org,
        name=system.name,
        place=f"{system.period} 系统清单",
        state=_state(evidence is not None, exemption, today),
        covered_by=evidence[0] if evidence else "",
        entry=evidence[1] if evidence else None,
        exemption=exemption,
    )


def _evidence(
    name: str,
    entries: Sequence[EntryName],
    sources: Sequence[Source],
    assets: Sequence[Asset],
) -> tuple[str, UUID | None] | None:
    """What is named after a system: an entry in force, a registered source or a scanned table."""
    for entry in entries:
        if named_after(name, (entry.system, entry.title)):
            return f"目录“{entry.title}”", entry.id
    if found := named_after(name, (source.name for source in sources)):
        return f"数据源“{found}”", None
    if found := named_after(name, (asset.title for asset in assets)):
        return f"数据表“{found}”", None
    return None


def _state(covered: bool, exemption: Exemption | None, today: date) -> State:
    """What is covered is covered, whatever was exempted before."""
    if covered:
        return State.COVERED
    if exemption is None:
        return State.GAP
    if exemption.is_good(today):
        return State.EXEMPT
    return State.ASKED if exemption.status is ExemptionStatus.ASKED else State.GAP
