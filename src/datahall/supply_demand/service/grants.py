"""Issuing grants, ending them, and handing out their credentials."""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from datahall import security
from datahall.kit.clock import local_date
from datahall.kit.crypto import Vault
from datahall.kit.ids import GrantId
from datahall.kit.uow import Unit
from datahall.supply_demand.errors import SecretAlreadyShown
from datahall.supply_demand.events import (
    GrantExpired,
    GrantIssued,
    GrantResumed,
    GrantRevoked,
    GrantStatusChanged,
    GrantSuspended,
    SecretRotated,
    SecretShown,
)
from datahall.supply_demand.model.grants import (
    Algorithm,
    Credential,
    Grant,
    credential_context,
)
from datahall.supply_demand.repository import grants as repository
from datahall.supply_demand.service import notices

SECRET_BYTES = 32  # as long as the digest that it keys


def issue(unit: Unit, grant: Grant, algorithm: Algorithm, *, by: str, vault: Vault) -> Grant:
    """Put the grant into force together with its caller's credential (授权).

    Only an agreement calls this: it has asked whether the actor may.
    """
    issued = repository.save(unit.conn, grant)
    repository.save_credential(unit.conn, _new_credential(unit, issued.id, algorithm, vault))
    unit.record(
        GrantIssued(
            at=unit.now,
            by=by,
            grant=issued.id,
            consumer=issued.consumer,
            provider=issued.provider,
            application=issued.application,
            item=issued.item,
            app_id=issued.app_id,
            fields=tuple(f.name for f in issued.fields),
            valid_from=issued.valid_from,
            valid_to=issued.valid_to,
        )
    )
    return issued


def new_app_id() -> str:
    """A name for a calling system that says nothing about it."""
    return f"app-{secrets.token_hex(8)}"


def suspend(unit: Unit, actor: security.Actor, id: GrantId, reason: str) -> Grant:
    """Refuse further calls until the grant is resumed (暂停).

    Raises:
        GrantNotFound, NotPermitted, GrantHasEnded, ReasonRequired
    """
    return _change(unit, actor, id, Grant.suspend, reason, GrantSuspended, "暂停")


def resume(unit: Unit, actor: security.Actor, id: GrantId, reason: str) -> Grant:
    """Admit calls again (恢复).

    Raises:
        GrantNotFound, NotPermitted, GrantHasEnded, ReasonRequired
    """
    return _change(unit, actor, id, Grant.resume, reason, GrantResumed, "恢复")


def revoke(unit: Unit, actor: security.Actor, id: GrantId, reason: str) -> Grant:
    """End the grant for good; the next call is refused (终止).

    Raises:
        GrantNotFound, NotPermitted, GrantHasEnded, ReasonRequired
    """
    return _change(unit, actor, id, Grant.revoke, reason, GrantRevoked, "终止")


def expire_grants(unit: Unit, *, by: str) -> int:
    """End every grant whose last day is over, and say how many (到期). The worker calls it daily.

    The gateway reads the term itself, so a late run lets nothing through.
    """
    over = repository.past_their_term(unit.conn, local_date(unit.now))
    for grant in over:
        repository.save(unit.conn, grant.expire(at=unit.now))
        unit.record(
            GrantExpired(
                at=unit.now, by=by, grant=grant.id,
                consumer=grant.consumer, provider=grant.provider,
            )
        )  # fmt: skip
    return len(over)


def reveal_secret(unit: Unit, actor: security.Actor, id: GrantId, *, vault: Vault) -> str:
    """Show the secret to the consumer, this once (显示密钥).

    Raises:
        GrantNotFound, NotPermitted, SecretAlreadyShown
    """
    grant = repository.get(unit.conn, id)
    security.require(actor, "supply_demand:credentials", on=grant.consumer)
    credential = repository.get_credential(unit.conn, id, lock=True)
    if credential.revealed_at is not None:
        raise SecretAlreadyShown(grant=id)
    repository.save_credential(unit.conn, replace(credential, revealed_at=unit.now))
    unit.record(
        SecretShown(
            at=unit.now, by=actor.by, grant=id, consumer=grant.consumer, provider=grant.provider
        )
    )
    return vault.open(credential.sealed_secret, context=credential_context(id)).decode()


def rotate_secret(unit: Unit, actor: security.Actor, id: GrantId, *, vault: Vault) -> Credential:
    """Replace the secret by a new one, which may be shown once; the old one stops (更换密钥).

    Raises:
        GrantNotFound, NotPermitted, GrantHasEnded
    """
    grant = repository.get(unit.conn, id, lock=True)
    security.require(actor, "supply_demand:credentials", on=grant.consumer)
    grant.require_not_ended()
    old = repository.get_credential(unit.conn, id, lock=True)
    credential = _new_credential(unit, id, old.algorithm, vault)
    repository.save_credential(unit.conn, credential)
    repository.save(unit.conn, grant)  # a new revision, so that gateways read the credential again
    unit.record(
        SecretRotated(
            at=unit.now, by=actor.by, grant=id, consumer=grant.consumer, provider=grant.provider
        )
    )
    return credential


def _new_credential(unit: Unit, grant: GrantId, algorithm: Algorithm, vault: Vault) -> Credential:
    secret = secrets.token_urlsafe(SECRET_BYTES).encode()
    return Credential(
        grant=grant,
        algorithm=algorithm,
        sealed_secret=vault.seal(secret, context=credential_context(grant)),
        issued_at=unit.now,
    )


class _Change(Protocol):
    def __call__(self, grant: Grant, /, *, reason: str, at: datetime) -> Grant: ...


def _change(
    unit: Unit,
    actor: security.Actor,
    id: GrantId,
    change: _Change,
    reason: str,
    event: type[GrantStatusChanged],
    word: str,
) -> Grant:
    grant = repository.get(unit.conn, id, lock=True)
    security.require(actor, "supply_demand:revoke", on=grant.provider)
    changed = repository.save(unit.conn, change(grant, reason=reason, at=unit.now))
    unit.record(
        event(
            at=unit.now,
            by=actor.by,
            grant=id,
            consumer=grant.consumer,
            provider=grant.provider,
            reason=reason,
        )
    )
    for org in (grant.consumer, grant.provider):
        notices.tell(
            unit,
            org,
            sender=actor.org,
            title=grant.item_title,
            text=f"{actor.org_name}{word}了“{grant.system}”的授权：{reason.strip()}",
            url=f"/grants/{id}",
        )
    return changed
