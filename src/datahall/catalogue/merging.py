"""Two people changed one entry: what goes together by itself, and where they differ.  No I/O."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from datahall.catalogue.changes import FIELD_LABELS, LABELS, changes, words
from datahall.catalogue.model import CatalogueItem, Field

PARTS: Final = tuple(f.name for f in fields(Field))


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """One place that both changed, and not alike (冲突)."""

    path: str  # "title", "fields.xm.grade", "fields.xm"
    label: str
    base: str  # as it was when the second editor opened it
    theirs: str  # as the first one saved it
    yours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Both changes together; at a clash it has yours."""

    content: Mapping[str, Any]
    clashes: tuple[Clash, ...]
    taken: tuple[str, ...]  # labels of what came from them alone


def merge(
    base: CatalogueItem,
    theirs: CatalogueItem,
    yours: CatalogueItem,
    *,
    names: Collection[str],
) -> Merged:
    """What both made of `base`, over the content attributes `names`.

    A place that only one changed is as that one left it.  Fields are told apart by their names,
    and each attribute of a field is a place of its own.
    """
    content: dict[str, Any] = {}
    clashes: list[Clash] = []
    taken: list[str] = []
    for name in sorted(set(names) - {"fields"}):
        was, one, other = (getattr(item, name) for item in (base, theirs, yours))
        content[name] = other if other != was else one
        label = LABELS.get(name, name)
        if other == was and one != was:
            taken.append(label)
        elif other not in (was, one) and one != was:
            clashes.append(_clash(name, label, was, one, other))
    content["fields"] = _fields(base.fields, theirs.fields, yours.fields, clashes, taken)
    return Merged(content=content, clashes=tuple(clashes), taken=tuple(taken))


def unmerged(theirs: CatalogueItem, yours: CatalogueItem, *, names: Collection[str]) -> Merged:
    """Yours, with every place that differs from theirs: nobody knows what it was made of."""
    return Merged(
        content={name: getattr(yours, name) for name in names},
        clashes=tuple(
            Clash(path=c.path, label=c.label, base="—", theirs=c.before, yours=c.after)
            for c in changes(theirs, yours)
        ),
        taken=(),
    )


def _clash(path: str, label: str, was: object, one: object, other: object) -> Clash:
    return Clash(path=path, label=label, base=words(was), theirs=words(one), yours=words(other))


def _fields(
    base: Sequence[Field],
    theirs: Sequence[Field],
    yours: Sequence[Field],
    clashes: list[Clash],
    taken: list[str],
) -> tuple[Field, ...]:
    was, one, other = ({field.name: field for field in side} for side in (base, theirs, yours))
    as_opened = [f.name for f in yours] == [f.name for f in base]
    first, second = (theirs, yours) if as_opened else (yours, theirs)
    order = dict.fromkeys([*(f.name for f in first), *(f.name for f in second)])
    kept = (_field(name, was, one, other, clashes, taken) for name in order)
    return tuple(field for field in kept if field is not None)


def _field(
    name: str,
    was: Mapping[str, Field],
    one: Mapping[str, Field],
    other: Mapping[str, Field],
    clashes: list[Clash],
    taken: list[str],
) -> Field | None:
    """One field of both sides; None when it is gone."""
    before, theirs, yours = was.get(name), one.get(name), other.get(name)
    path, title = f"fields.{name}", (yours or theirs or before or was[name]).title
    if theirs is None or yours is None:
        kept = yours or theirs
        if before is None:  # one of the two added it
            if yours is None:
                taken.append(title)
            return kept
        if kept == before:  # one removed what the other left alone
            if theirs is None:
                taken.append(title)
            return None
        if kept is not None:  # one removed what the other changed: it stays, and is shown
            gone, stays = ("删除", words(kept.title)), words(kept.title)
            clashes.append(
                Clash(
                    path=path,
                    label=f"{title} · 信息项",
                    base=before.title,
                    theirs=gone[0] if theirs is None else f"{stays}（有改动）",
                    yours=gone[0] if yours is None else f"{stays}（有改动）",
                )
            )
        return kept
    if before is None:
        before = theirs  # both added it: yours counts where they differ
    merged: dict[str, Any] = {}
    for part in PARTS:
        a, b, c = (getattr(field, part) for field in (before, theirs, yours))
        merged[part] = c if c != a else b
        label = f"{title} · {FIELD_LABELS.get(part, part)}"
        if c == a and b != a:
            taken.append(label)
        elif b != a and c not in (a, b):
            clashes.append(_clash(f"{path}.{part}", label, a, b, c))
    return replace(yours, **merged)
