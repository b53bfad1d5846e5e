"""A code belongs to one entry for ever."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall import catalogue
from datahall.catalogue import EntryIncomplete, EntryInvalid, ItemNotFound, codes, repository
from datahall.catalogue.errors import CodeTaken
from datahall.kit.ids import ItemId, new_id
from datahall.security import Role
from tests.catalogue.test_properties import CATEGORIES, SLOW
from tests.factories import POLICE, make_actor, make_item

CLERK = make_actor(Role.CLERK, org=POLICE)
HEAD = make_actor(Role.HEAD, org=POLICE)
BUREAU = make_actor(Role.BUREAU)


def published(unit, **about):
    item = make_item(**about)
    repository.add(unit.conn, item)
    catalogue.submit(unit, CLERK, item.id)
    catalogue.agree(unit, HEAD, item.id)
    return catalogue.publish(unit, BUREAU, item.id)


class TestNextCode:
    @SLOW
    @given(st.lists(CATEGORIES, max_size=20))
    def test_is_never_given_twice(self, conn, asked):
        given_codes = [codes.next_code(conn, category) for category in asked]
        assert len(set(given_codes)) == len(given_codes)
        assert all(codes.CODE.fullmatch(code) for code in given_codes)
        assert all(re.fullmatch(r"[1-9]\d{5}[0-9A-Za-z]*/\d{6,}", code) for code in given_codes)

    def test_passes_over_a_code_that_was_brought_in(self, conn):
        codes.claim(conn, "101001/000001", ItemId(new_id()))
        assert codes.next_code(conn, "101001") == "101001/000002"

    def test_many_at_once_get_different_codes(self, units):
        def one(_: int) -> str:
            with units.open() as unit:
                code = codes.next_code(unit.conn, "101001")
                codes.claim(unit.conn, code, ItemId(new_id()))
                return code

        with ThreadPoolExecutor(8) as pool:
            given_codes = list(pool.map(one, range(40)))
        assert sorted(given_codes) == [f"101001/{n:06d}" for n in range(1, 41)]

    def test_a_refused_publication_uses_no_serial(self, units):
        item = make_item(abstract="")
        with units.open() as unit:
            repository.add(unit.conn, item)
        with units.open() as unit:
            unit.conn.execute(
                repository.items.update()
                .where(repository.items.c.id == item.id)
                .values(status="authority_review")
            )
        with pytest.raises(EntryIncomplete), units.open() as unit:
            catalogue.publish(unit, BUREAU, item.id)
        with units.open() as unit:
            assert codes.next_code(unit.conn, item.category_code).endswith("/000001")


class TestAlias:
    def test_finds_the_entry_as_its_code_does(self, unit):
        item = published(unit, alias_code="341500-GA-000017")
        assert catalogue.by_code(unit.conn, "341500-GA-000017") == item
        assert catalogue.by_code(unit.conn, item.code) == item

    def test_of_another_entry_is_refused_beside_the_field(self, unit):
        item = published(unit, alias_code="341500-GA-000017")
        other = make_item(title="另一项")
        repository.add(unit.conn, other)
        for taken in ("341500-GA-000017", item.code):
            with pytest.raises(EntryInvalid) as refused:
                catalogue.revise(unit, CLERK, other.id, alias_code=taken)
            assert [(f.field, f.code) for f in refused.value.faults] == [
                ("alias_code", "catalogue.code_taken")
            ]

    def test_stays_taken_after_a_withdrawal(self, unit):
        item = published(unit, alias_code="A-1")
        catalogue.withdraw(unit, BUREAU, item.id, remarks="职责已划转")
        other = make_item(title="另一项")
        repository.add(unit.conn, other)
        with pytest.raises(EntryInvalid):
            catalogue.revise(unit, CLERK, other.id, alias_code="A-1")

    def test_two_drafts_with_one_alias_are_not_both_published(self, unit):
        published(unit, alias_code="A-2")
        second = make_item(title="另一项", alias_code="A-2")
        repository.add(unit.conn, second)
        with pytest.raises(EntryIncomplete):
            catalogue.submit(unit, CLERK, second.id)

    def test_the_database_refuses_a_second_owner(self, conn):
        codes.claim(conn, "X-1", ItemId(new_id()))
        with pytest.raises(CodeTaken):
            codes.claim(conn, "X-1", ItemId(new_id()))

    def test_nobody_has_an_unknown_code(self, conn):
        with pytest.raises(ItemNotFound):
            catalogue.by_code(conn, "999999/1")
