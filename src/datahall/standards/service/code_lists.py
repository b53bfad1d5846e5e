"""Adopting code lists, version by version (代码表登记)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from datahall import security
from datahall.kit.clock import local_date
from datahall.kit.errors import Fault
from datahall.kit.uow import Unit
from datahall.standards.errors import CodeListClash, CodeListInvalid, EffectiveTooEarly
from datahall.standards.events import CodeListAdopted
from datahall.standards.model.code_lists import CodeList
from datahall.standards.repository import code_lists as repository


def adopt_code_list(
    unit: Unit,
    actor: security.Actor,
    made: CodeList,
    *,
    effective_on: date | None = None,
    read: Sequence[Fault] = (),
) -> CodeList:
    """Adopt a code list, or the next version of one, to apply from a day on (代码表登记).

    Args:
        made: its version and day are given here, not taken from it.
        effective_on: the first day; today when None.  The first version of a list may begin in
            the past, a later one today at the earliest, so that history stays what it was.
        read: what the reading of a sheet has found already; a table with a fault is not adopted.

    Returns:
        The version adopted; the present one when nothing differs from it.

    Raises:
        NotPermitted, CodeListInvalid, CodeListClash, EffectiveTooEarly
    """
    security.require(actor, "standards:adopt")
    if faults := list(read) or list(made.faults()):
        raise CodeListInvalid(faults)
    before = repository.newest(unit.conn, made.code)
    if made.is_national and not made.source.startswith(made.code):
        raise CodeListClash(code=made.code)
    today = local_date(unit.now)
    on = effective_on or max(today, before.effective_on if before else today)
    if before is not None:
        if replace(made, version=before.version, effective_on=before.effective_on) == before:
            return before
        earliest = max(today, before.effective_on)
        if on < earliest:
            raise EffectiveTooEarly(earliest=earliest.isoformat())
    adopted = replace(made, version=before.version + 1 if before else 1, effective_on=on)
    repository.add(unit.conn, [adopted], at=unit.now)
    unit.record(
        CodeListAdopted(
            at=unit.now,
            by=actor.by,
            code_list=adopted.code,
            version=adopted.version,
            effective_on=on,
        )
    )
    return adopted
