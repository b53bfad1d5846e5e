"""A grant from its issue to its end, and its credential."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime

import psycopg
import pytest

from datahall.kit.crypto import CannotOpen
from datahall.kit.ids import GrantId, new_id
from datahall.kit.uow import Unit, Units
from datahall.security import NotPermitted, Role
from datahall.supply_demand import (
    GRANTS_CHANNEL,
    Algorithm,
    Grant,
    GrantHasEnded,
    GrantStatus,
    SecretAlreadyShown,
    credential_context,
    expire_grants,
    grants_changed_since,
    issue,
    resume,
    reveal_secret,
    revoke,
    rotate_secret,
    suspend,
)
from datahall.supply_demand.errors import ReasonRequired
from datahall.supply_demand.model.grants import Health
from datahall.supply_demand.repository import grants as repository
from tests.supply_demand.factories import (
    MINZHENG,
    SHUGUAN,
    VAULT,
    make_actor,
    make_grant,
)

REPRESENTATIVE = make_actor(Role.REPRESENTATIVE, org=MINZHENG)
BUREAU = make_actor(Role.BUREAU, org=SHUGUAN)
DEVELOPER = make_actor(Role.DEVELOPER)


def issued(unit: Unit, **about) -> Grant:
    return issue(unit, make_grant(**about), Algorithm.HMAC_SHA256, by="test", vault=VAULT)


class TestHealth:
    @pytest.mark.parametrize(
        ("today", "health"),
        [
            (date(2026, 10, 15), Health.NOT_YET),
            (date(2026, 10, 16), Health.USABLE),
            (date(2027, 9, 15), Health.USABLE),
            (date(2027, 9, 16), Health.ENDING),
            (date(2027, 10, 15), Health.ENDING),
            (date(2027, 10, 16), Health.ENDED),
        ],
    )
    def test_follows_the_term(self, today, health):
        assert make_grant().health(today) is health

    @pytest.mark.parametrize(
        ("status", "health"),
        [
            (GrantStatus.SUSPENDED, Health.SUSPENDED),
            (GrantStatus.REVOKED, Health.ENDED),
            (GrantStatus.EXPIRED, Health.ENDED),
        ],
    )
    def test_says_stopped_within_the_term(self, status, health):
        assert make_grant(status=status).health(date(2026, 12, 1)) is health


class TestIssue:
    def test_comes_back_from_the_database_as_it_was(self, unit: Unit):
        grant = issued(unit)

        assert repository.get(unit.conn, grant.id) == grant

    def test_gives_a_secret_that_only_the_vault_opens(self, unit: Unit):
        grant = issued(unit)

        (terms,) = grants_changed_since(unit.conn, grant.revision - 1)
        assert terms.grant == grant
        sealed = terms.credential.sealed_secret
        assert len(VAULT.open(sealed, context=credential_context(grant.id))) >= 43
        with pytest.raises(CannotOpen):
            VAULT.open(sealed, context=credential_context(GrantId(new_id())))

    def test_is_recorded(self, unit: Unit):
        grant = issued(unit)

        assert [(e.tag, e.subject) for e in unit.events] == [
            ("supply_demand:grant:issue", f"grant:{grant.id}")
        ]


class TestStop:
    @pytest.mark.parametrize("actor", [REPRESENTATIVE, BUREAU])
    def test_by_the_provider_or_the_authority(self, unit: Unit, actor):
        grant = revoke(unit, actor, issued(unit).id, "目的已实现")

        assert (grant.status, grant.status_reason) == (GrantStatus.REVOKED, "目的已实现")
        assert unit.events[-1].tag == "supply_demand:grant:revoke"

    @pytest.mark.parametrize(
        "actor",
        [
            make_actor(Role.REPRESENTATIVE),
            make_actor(Role.CLERK, org=MINZHENG),
            make_actor(Role.SECURITY_ADMIN, org=SHUGUAN),
        ],
    )
    def test_by_nobody_else(self, unit: Unit, actor):
        grant = issued(unit)

        with pytest.raises(NotPermitted):
            revoke(unit, actor, grant.id, "目的已实现")

    def test_needs_a_reason(self, unit: Unit):
        with pytest.raises(ReasonRequired):
            suspend(unit, REPRESENTATIVE, issued(unit).id, "  ")

    def test_is_for_good_once_revoked(self, unit: Unit):
        grant = revoke(unit, REPRESENTATIVE, issued(unit).id, "超范围使用")

        with pytest.raises(GrantHasEnded):
            resume(unit, REPRESENTATIVE, grant.id, "已整改")

    def test_may_be_taken_back_when_suspended(self, unit: Unit):
        grant = suspend(unit, BUREAU, issued(unit).id, "超范围使用，限期整改")

        assert resume(unit, BUREAU, grant.id, "已整改").status is GrantStatus.ACTIVE

    def test_each_change_has_a_later_revision(self, unit: Unit):
        first = issued(unit)
        second = suspend(unit, BUREAU, first.id, "限期整改")
        third = revoke(unit, BUREAU, first.id, "逾期未整改")

        assert first.revision < second.revision < third.revision
        (terms,) = grants_changed_since(unit.conn, first.revision)
        assert terms.grant == third
        assert grants_changed_since(unit.conn, third.revision) == []


class TestExpire:
    def test_ends_what_is_over_and_nothing_else(self, unit: Unit):
        over = issued(unit, valid_from=date(2026, 1, 1), valid_to=date(2026, 10, 15))
        last_day = issued(unit, valid_to=date(2026, 10, 16))

        assert expire_grants(unit, by="system") == 1
        assert repository.get(unit.conn, over.id).status is GrantStatus.EXPIRED
        assert repository.get(unit.conn, last_day.id).status is GrantStatus.ACTIVE

    def test_counts_days_in_china(self, unit: Unit):
        grant = issued(unit, valid_to=date(2026, 10, 16))
        unit = replace(unit, now=datetime(2026, 10, 16, 16, tzinfo=UTC))  # 10-17 00:00 北京

        assert expire_grants(unit, by="system") == 1
        assert repository.get(unit.conn, grant.id).status is GrantStatus.EXPIRED


class TestSecret:
    def test_is_shown_to_the_consumers_developer_once(self, unit: Unit):
        grant = issued(unit)

        assert len(reveal_secret(unit, DEVELOPER, grant.id, vault=VAULT)) >= 43
        with pytest.raises(SecretAlreadyShown):
            reveal_secret(unit, DEVELOPER, grant.id, vault=VAULT)

    @pytest.mark.parametrize(
        "actor",
        [make_actor(Role.DEVELOPER, org=MINZHENG), make_actor(Role.REPRESENTATIVE), BUREAU],
    )
    def test_is_shown_to_nobody_else(self, unit: Unit, actor):
        grant = issued(unit)

        with pytest.raises(NotPermitted):
            reveal_secret(unit, actor, grant.id, vault=VAULT)

    def test_changes_when_rotated_and_the_gateway_hears_of_it(self, unit: Unit):
        grant = issued(unit)
        old = reveal_secret(unit, DEVELOPER, grant.id, vault=VAULT)

        rotate_secret(unit, DEVELOPER, grant.id, vault=VAULT)

        (terms,) = grants_changed_since(unit.conn, grant.revision)
        assert terms.credential.revealed_at is None
        assert reveal_secret(unit, DEVELOPER, grant.id, vault=VAULT) != old

    def test_is_not_in_any_act(self, unit: Unit):
        grant = issued(unit)
        secret = reveal_secret(unit, DEVELOPER, grant.id, vault=VAULT)

        assert secret not in str(unit.events)


class TestNews:
    def test_reaches_a_listener_at_commit(self, units: Units, fresh_dsn: str):
        with psycopg.connect(fresh_dsn, autocommit=True) as listener:
            listener.execute(f"listen {GRANTS_CHANNEL}")
            with units.open() as unit:
                grant = issued(unit)
                assert list(listener.notifies(timeout=0.2)) == []

            (news,) = listener.notifies(timeout=5, stop_after=1)
            assert news.payload == str(grant.revision)

    def test_revisions_become_visible_in_their_order(self, units: Units):
        """A reader that has seen n never finds a lower one afterwards."""
        committed: list[int] = []

        def write() -> None:
            for _ in range(10):
                with units.open() as unit:
                    issued(unit)

        writers = [threading.Thread(target=write) for _ in range(4)]
        for writer in writers:
            writer.start()
        seen = 0
        while any(w.is_alive() for w in writers) or seen < 40:
            with units.open() as unit:
                fresh = [t.grant.revision for t in grants_changed_since(unit.conn, seen)]
            committed += fresh
            seen = max([seen, *fresh])
        for writer in writers:
            writer.join()

        assert committed == list(range(1, 41))
