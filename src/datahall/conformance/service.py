"""Binding fields to data elements, and judging how they keep to them (绑定、落标)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from datahall import catalogue, security, standards
from datahall.catalogue import (
    CatalogueItem,
    Field,
    ItemPublished,
    ItemStatus,
    ItemWithdrawn,
)
from datahall.conformance import repository
from datahall.conformance.errors import (
    BindingUnknown,
    BoundMeanwhile,
    FieldNotFound,
    InReview,
    NothingLikely,
)
from datahall.conformance.events import FieldsBound, SuggestionRejected
from datahall.conformance.model import NOTHING, Deviation, Tally, bound, deviations, unbound
from datahall.kit.clock import local_date
from datahall.kit.events import Event
from datahall.kit.ids import ItemId, OrgId
from datahall.kit.uow import Unit
from datahall.standards import (
    BindingCount,
    BindingCounts,
    BoundField,
    BoundFields,
    Claim,
    DataElement,
    Match,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What is wanted of one field: an element, or none, and whether the provider is its source."""

    field: str
    element: str | None
    is_source: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One field with its element or with what it may be (绑定情况)."""

    field: Field
    element: DataElement | None
    deviations: tuple[Deviation, ...]
    matches: tuple[Match, ...]  # of an unbound field


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """An entry with its fields and their elements."""

    item: CatalogueItem
    places: tuple[Place, ...]
    tally: Tally
    likely: int  # unbound fields with a suggestion that one would take without a look


def look(unit: Unit, actor: security.Actor, id: ItemId, *, fields: slice | None = None) -> Sheet:
    """The newest version of an entry that the actor may see, with suggestions (绑定情况).

    Args:
        fields: suggestions only for these fields; for all when None.

    Raises:
        ItemNotFound, NotPermitted
    """
    item = catalogue.versions(unit, actor, id)[0]
    elements = standards.elements(unit.conn, local_date(unit.now))
    shown = set(item.fields[fields] if fields else item.fields)
    found = _suggestions(unit, item, elements, [f for f in item.fields if f in shown])
    places = tuple(
        Place(
            field=field,
            element=elements.get(field.element or ""),
            deviations=_deviations(field, elements),
            matches=tuple(found.get(field.name, ())),
        )
        for field in item.fields
    )
    return Sheet(
        item=item,
        places=places,
        tally=tally_of(item.fields, elements),
        likely=sum(best_of(place.matches) is not None for place in places),
    )


def bind(
    unit: Unit,
    actor: security.Actor,
    id: ItemId,
    bindings: Sequence[Binding],
    *,
    edit: int | None = None,
) -> CatalogueItem:
    """Bind fields to elements, or release them (绑定数据元).

    A published entry gets its next version, which is submitted and published like any change.

    Args:
        edit: the `edit` of the draft that the choice was made on.  The choice is made on what is
            saved now; only what a colleague bound otherwise since is not overwritten.  None
            overwrites that too.

    Raises:
        ItemNotFound, NotPermitted, InReview, FieldNotFound, BindingUnknown, BoundMeanwhile,
        EntryInvalid
    """
    newest = catalogue.versions(unit, actor, id)[0]
    item = _editable(unit, actor, newest)
    elements = standards.elements(unit.conn, local_date(unit.now))
    wanted = {binding.field: binding for binding in bindings}
    if edit is not None and edit != newest.edit:
        _refuse_overwriting(item, wanted)
    if missing := wanted.keys() - {field.name for field in item.fields}:
        raise FieldNotFound(field=min(missing))
    fields = tuple(
        _bound(field, wanted[field.name], elements) if field.name in wanted else field
        for field in item.fields
    )
    revised = catalogue.revise(unit, actor, id, fields=fields)
    unit.record(
        FieldsBound(
            at=unit.now,
            by=actor.by,
            item=id,
            version=revised.version,
            bound=tuple(f"{b.field}={b.element or ''}" for b in bindings),
            sources=tuple(b.field for b in bindings if b.element and b.is_source),
        )
    )
    return revised


def bind_likely(
    unit: Unit, actor: security.Actor, id: ItemId, *, edit: int | None = None
) -> list[Binding]:
    """Take every suggestion that is likely and stands alone at the top (采纳把握大的建议).

    Raises:
        ItemNotFound, NotPermitted, InReview, NothingLikely, BoundMeanwhile, EntryInvalid
    """
    sheet = look(unit, actor, id)
    chosen = [
        Binding(field=place.field.name, element=match.element.code)
        for place in sheet.places
        if (match := best_of(place.matches))
    ]
    if not chosen:
        raise NothingLikely
    bind(unit, actor, id, chosen, edit=edit)
    return chosen


def reject(unit: Unit, actor: security.Actor, id: ItemId, field: str, element: str) -> None:
    """Say that a field is not the element suggested; it is not suggested again (不采纳).

    Raises:
        ItemNotFound, NotPermitted, FieldNotFound
    """
    item = catalogue.versions(unit, actor, id)[0]
    security.require(actor, "conformance:bind", on=item.provider)
    if item.field(field) is None:
        raise FieldNotFound(field=field)
    repository.reject(unit.conn, id, field, element, at=unit.now, by=actor.by)
    unit.record(SuggestionRejected(at=unit.now, by=actor.by, item=id, field=field, element=element))


def tally_of(fields: Iterable[Field], elements: Mapping[str, DataElement]) -> Tally:
    """The counts of some fields, whether or not their entry is in force."""
    total = NOTHING
    for field in fields:
        conforms = field.element is not None and not _deviations(field, elements)
        total += Tally(fields=1, bound=int(field.element is not None), conforming=int(conforms))
    return total


def best_of(matches: Sequence[Match]) -> Match | None:
    """The suggestion that one would take without a look."""
    return standards.best(matches)


def city(tallies: Mapping[OrgId, Tally]) -> Tally:
    """The counts of all departments together."""
    return sum(tallies.values(), NOTHING)


def follow_published(unit: Unit, event: Event) -> None:
    """Judge the version that came into force, and hear its claims to be a source."""
    published = cast("ItemPublished", event)
    item = catalogue.get(unit.conn, published.item)
    repository.keep(unit.conn, item, standards.elements(unit.conn, local_date(unit.now)))
    for field in item.fields:
        if field.element and field.is_source:
            claim = Claim(
                element=field.element,
                org=item.provider,
                item=item.id,
                item_title=item.title,
                field=field.name,
                claimed_at=unit.now,
            )
            standards.claim(unit, claim, by=published.by)


def follow_withdrawn(unit: Unit, event: Event) -> None:
    """An entry out of force is no longer counted."""
    repository.drop(unit.conn, cast("ItemWithdrawn", event).item)


def follow_element(unit: Unit, event: Event) -> None:
    """A version of an element that applies at once changes how bound fields stand."""
    del event
    judge_again(unit)


def judge_again(unit: Unit) -> int:
    """Judge the fields whose element applies in another version today; how many they were."""
    elements = standards.elements(unit.conn, local_date(unit.now))
    return repository.judge_again(unit.conn, elements)


def catch_up(unit: Unit) -> int:
    """Judge entries in force that nobody has judged, such as those published before an upgrade."""
    kept = repository.versions_kept(unit.conn)
    elements = standards.elements(unit.conn, local_date(unit.now))
    missing = [
        entry.id
        for entry in catalogue.drafts(unit.conn, stages=[ItemStatus.PUBLISHED])
        if kept.get(entry.id) != entry.version
    ]
    for id in missing:
        repository.keep(unit.conn, catalogue.get(unit.conn, id), elements)
    return len(missing)


def bound_fields(unit: Unit, question: BoundFields) -> Iterator[BoundField]:
    """The fields bound to an element (`standards.BoundFields`)."""
    for standing in repository.bound_to(unit.conn, question.element):
        yield BoundField(
            item=standing.item,
            item_title=standing.item_title,
            org=standing.org,
            field=standing.field,
            field_title=standing.title,
            deviations=tuple(deviation.words for deviation in standing.deviations),
            is_source=standing.is_source,
        )


def binding_counts(unit: Unit, question: BindingCounts) -> Iterator[BindingCount]:
    """How many fields are bound to each element (`standards.BindingCounts`)."""
    del question
    for element, number in repository.binding_counts(unit.conn).items():
        yield BindingCount(element=element, fields=number)


def _editable(unit: Unit, actor: security.Actor, newest: CatalogueItem) -> CatalogueItem:
    """The entry's draft; of a published entry the next version is begun."""
    security.require(actor, "conformance:bind", on=newest.provider)
    if newest.status is ItemStatus.PUBLISHED:
        return catalogue.start_version(unit, actor, newest.id)
    if newest.status not in {ItemStatus.DRAFT, ItemStatus.RETURNED}:
        raise InReview(stage=newest.status.label)
    return newest


def _refuse_overwriting(item: CatalogueItem, wanted: Mapping[str, Binding]) -> None:
    """Nobody undoes unseen what a colleague has just bound."""
    for field in item.fields:
        choice = wanted.get(field.name)
        if choice and field.element and field.element != choice.element:
            raise BoundMeanwhile(title=field.title, element=field.element)


def _bound(field: Field, wanted: Binding, elements: Mapping[str, DataElement]) -> Field:
    if not wanted.element:
        return unbound(field)
    element = elements.get(wanted.element)
    if element is None:
        raise BindingUnknown(element=wanted.element)
    return replace(bound(field, element), is_source=wanted.is_source)


def _deviations(field: Field, elements: Mapping[str, DataElement]) -> tuple[Deviation, ...]:
    if field.element is None:
        return ()
    return deviations(field, elements.get(field.element))


def _suggestions(
    unit: Unit,
    item: CatalogueItem,
    elements: Mapping[str, DataElement],
    fields: Sequence[Field],
) -> dict[str, list[Match]]:
    """Suggestions for the unbound ones of `fields`, without those that were not taken."""
    refused = repository.rejected(unit.conn, item.id)
    sampled = catalogue.profiles(unit.conn, item.table) if item.table else {}
    comments = {}
    if item.table:
        table = catalogue.inventory_table(unit.conn, item.table)
        comments = {column.name: column.comment for column in table.columns}
    return {
        field.name: standards.suggest(
            field,
            (e for e in elements.values() if (field.name, e.code) not in refused),
            sampled.get(field.source_column),
            comment=comments.get(field.source_column, ""),
        )
        for field in fields
        if field.element is None
    }
