"""The permission table, as a grid, and what must hold in every row of it."""

import re
from itertools import product
from pathlib import Path

import pytest

import datahall
from datahall.security import ADMINISTRATORS, POLICY, NotPermitted, Relation, Role, may, require
from tests.factories import make_actor, make_org

SRC = Path(datahall.__file__).parent
OURS, THEIRS = make_org(), make_org()

READING = {
    "hall:view", "organisations:view", "organisations:own_account", "organisations:people",
    "ledger:view", "ledger:audit", "catalogue:view", "ingestion:view", "quality:view",
    "supply_demand:view", "supply_demand:oversee", "gateway:usage",
    "deadlines:view", "standards:view", "standards:oversee", "lists:view", "lists:oversee",
    "drift:view", "lineage:view", "conformance:view", "conformance:rows", "coverage:view",
    "coverage:oversee",
}  # fmt: skip
"""Acts that change nothing; every other act is held to the stricter rules below."""


def acts_asked_for() -> set[str]:
    """Every act that some route or service of the program names."""
    called = re.compile(r'(?:permits|require|may)\(\s*(?:\w+,\s*)?"([a-z_]+:[a-z_]+)"')
    return {act for path in SRC.rglob("*.py") for act in called.findall(path.read_text("utf-8"))}


@pytest.mark.parametrize(("act", "role"), list(product(POLICY, Role)))
def test_grid(act, role):
    """Each cell: nothing, one's own organisation, or any; what is not in the table is denied."""
    relation = POLICY[act].get(role)
    actor = make_actor(role, org=OURS)
    assert may(actor, act, on=OURS.id) == (relation is not None)
    assert may(actor, act, on=THEIRS.id) == (relation is Relation.ANY)
    assert may(actor, act) == (relation is not None)
    if relation is not Relation.ANY:
        with pytest.raises(NotPermitted):
            require(actor, act, on=THEIRS.id)


@pytest.mark.parametrize("role", Role)
def test_an_act_that_is_not_in_the_table_is_denied(role):
    assert not may(make_actor(role), "catalogue:erase")


def test_nobody_without_a_post_may_do_anything():
    assert [act for act in POLICY if may(make_actor(), act)] == []


def test_several_posts_add_up():
    actor = make_actor(Role.CLERK, Role.HEAD, org=OURS)
    assert may(actor, "catalogue:draft", on=OURS.id)
    assert may(actor, "catalogue:agree", on=OURS.id)


@pytest.mark.parametrize("act", sorted(POLICY.keys() - READING))
def test_only_the_authority_and_administrators_act_on_other_organisations(act):
    """A department changes nothing of another; whoever does is the bureau, or an administrator."""
    reach = {role for role, relation in POLICY[act].items() if relation is Relation.ANY}
    assert reach <= ADMINISTRATORS | {Role.BUREAU}


@pytest.mark.parametrize("act", sorted(POLICY.keys() - READING))
def test_administrators_do_no_business(act):
    """三员分立: an administrator keeps accounts, posts or the record, and decides no case."""
    held = POLICY[act].keys() & ADMINISTRATORS
    assert not held or act.startswith(("organisations:", "ledger:"))
    assert len(held) <= 1  # and no two of them may do the same


def test_who_makes_accounts_gives_no_posts():
    assert set(POLICY["organisations:manage"]) == {Role.SYSTEM_ADMIN}
    assert set(POLICY["organisations:appoint"]) == {Role.SECURITY_ADMIN}
    assert set(POLICY["ledger:audit"]) == {Role.AUDIT_ADMIN}


def test_only_the_provider_side_answers_and_only_the_consumer_side_applies():
    for act in ("supply_demand:answer", "supply_demand:apply", "supply_demand:agree_apply"):
        assert set(POLICY[act].values()) == {Relation.OWN}


def test_every_act_asked_for_is_in_the_table():
    assert acts_asked_for() - POLICY.keys() == set()
