"""Registering organisations and people, and appointing them."""

import pytest
from stdnum.cn import uscc

from datahall import organisations
from datahall.kit.errors import Invalid
from datahall.organisations import OrgKind, RegionLevel, seed
from datahall.organisations.errors import (
    AlreadyAppointed,
    LoginTaken,
    NotAppointed,
    OrganisationExists,
    OwnAppointment,
    PostNotOfOrganisation,
    PostsMustBeSeparate,
    RegionNotFound,
)
from datahall.security import NotPermitted, Role
from tests.factories import add_actor, add_city, add_org, add_person, make_actor, make_uscc


def faults(caught: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {f.field: f.code.removeprefix("organisations.") for f in caught.value.faults}


class TestSeed:
    def test_plants_the_city(self, conn):
        add_city(conn)
        assert organisations.organisation(conn, seed.org_id("social_security")).short_name == (
            "市人社局"
        )
        assert organisations.authority(conn).short_name == "市数管局"
        assert [r.name for r in organisations.children_of(conn, "341500")] == [
            "金安区", "裕安区", "叶集区", "霍邱县", "舒城县", "金寨县", "霍山县", "六安经济技术开发区",
        ]  # fmt: skip

    def test_every_credit_code_has_its_check_character(self):
        assert [o.name for o in seed.organisations() if not uscc.is_valid(o.uscc)] == []

    def test_every_seal_is_one_character_of_its_own(self):
        seals = [o.seal for o in seed.organisations()]
        assert len(set(seals)) == len(seals)
        assert {len(s) for s in seals} == {1}

    def test_every_area_stands_inside_its_parent(self):
        longer = {RegionLevel.COUNTY: 6, RegionLevel.TOWN: 9, RegionLevel.VILLAGE: 12}
        by_code = {r.code: r for r in seed.regions()}
        for region in by_code.values():
            if region.parent:
                assert len(region.code) == longer[region.level]
                assert region.code.startswith(by_code[region.parent].prefix)


class TestRegisterOrganisation:
    def register(self, unit, **about):
        actor = add_actor(unit.conn, Role.SYSTEM_ADMIN)
        defaults = {
            "name": "六安市残疾人联合会", "short_name": "市残联", "seal": "残",
            "kind": OrgKind.CITY, "uscc": make_uscc(), "region": "341500",
        }  # fmt: skip
        return organisations.register_organisation(unit, actor, **defaults | about)

    def test_adds_it_to_the_directory(self, unit):
        org = self.register(unit)
        assert organisations.organisation(unit.conn, org.id) == org
        assert [e.subject for e in unit.events] == [f"organisation:{org.id}"]

    def test_names_each_wrong_field(self, unit):
        with pytest.raises(Invalid) as caught:
            self.register(unit, name=" ", seal="残联", uscc="11341500003001009D")
        assert faults(caught) == {
            "name": "missing", "seal": "seal_is_one_character", "uscc": "bad_uscc",
        }  # fmt: skip

    def test_refuses_the_same_credit_code_twice(self, unit):
        org = self.register(unit)
        with pytest.raises(OrganisationExists):
            self.register(unit, name="别的名称", uscc=org.uscc.lower())

    def test_refuses_an_unknown_area(self, unit):
        with pytest.raises(RegionNotFound):
            self.register(unit, region="999999")


class TestRegisterPerson:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [("138 1234 5678", "138****5678"), ("0564-3379035", "0564-*****35"), ("", "")],
    )
    def test_keeps_only_the_masked_number(self, unit, typed, kept):
        org = add_org(unit.conn)
        actor = make_actor(Role.SYSTEM_ADMIN)
        person = organisations.register_person(
            unit, actor, name="周明远", login="Zhou.MY", org=org.id, phone=typed
        )
        assert organisations.person(unit.conn, person.id) == person
        assert (person.login, person.phone_masked) == ("zhou.my", kept)

    def test_refuses_a_login_that_is_taken(self, unit):
        other = add_person(unit.conn)
        with pytest.raises(LoginTaken):
            organisations.register_person(
                unit, make_actor(Role.SYSTEM_ADMIN), name="李", login=other.login, org=other.org
            )

    def test_names_each_wrong_field(self, unit):
        org = add_org(unit.conn)
        with pytest.raises(Invalid) as caught:
            organisations.register_person(
                unit, make_actor(Role.SYSTEM_ADMIN), name="", login="周", org=org.id, phone="12"
            )
        assert faults(caught) == {"name": "missing", "login": "bad_login", "phone": "bad_phone"}


class TestAppoint:
    def appoint(self, unit, person, role):
        return organisations.appoint(unit, make_actor(Role.SECURITY_ADMIN), person.id, role)

    def test_gives_the_post(self, unit):
        person = add_person(unit.conn, Role.CLERK)
        appointed = self.appoint(unit, person, Role.DEVELOPER)
        assert appointed.roles == {Role.CLERK, Role.DEVELOPER}

    def test_refuses_the_same_post_twice(self, unit):
        with pytest.raises(AlreadyAppointed):
            self.appoint(unit, add_person(unit.conn, Role.CLERK), Role.CLERK)

    @pytest.mark.parametrize("held", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
    @pytest.mark.parametrize("role", list(Role))
    def test_keeps_administrators_separate(self, unit, held, role):
        """三员分立: whoever is one administrator becomes nothing else, and nobody else becomes one."""
        bureau = add_org(unit.conn, is_authority=True)
        for first, second in ((held, role), (role, held)):
            if first is second:
                continue
            with pytest.raises(PostsMustBeSeparate):
                self.appoint(unit, add_person(unit.conn, first, org=bureau), second)

    @pytest.mark.parametrize(
        "role", [Role.BUREAU, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN]
    )
    def test_refuses_posts_of_the_authority_elsewhere(self, unit, role):
        with pytest.raises(PostNotOfOrganisation):
            self.appoint(unit, add_person(unit.conn), role)

    def test_refuses_a_grassroots_post_in_a_department(self, unit):
        with pytest.raises(PostNotOfOrganisation):
            self.appoint(unit, add_person(unit.conn), Role.GRASSROOTS)

    def test_refuses_to_appoint_oneself(self, unit):
        me = add_actor(unit.conn, Role.SECURITY_ADMIN)
        with pytest.raises(OwnAppointment):
            organisations.appoint(unit, me, me.person, Role.AUDIT_ADMIN)

    def test_refuses_who_makes_the_accounts(self, unit):
        person = add_person(unit.conn)
        with pytest.raises(NotPermitted):
            organisations.appoint(unit, make_actor(Role.SYSTEM_ADMIN), person.id, Role.CLERK)


class TestEndAppointment:
    def test_takes_the_post_and_keeps_the_record(self, unit):
        person = add_person(unit.conn, Role.CLERK, Role.HEAD)
        left = organisations.end_appointment(
            unit, make_actor(Role.SECURITY_ADMIN), person.id, Role.CLERK
        )
        assert left.roles == {Role.HEAD}

    def test_refuses_a_post_not_held(self, unit):
        person = add_person(unit.conn)
        with pytest.raises(NotAppointed):
            organisations.end_appointment(
                unit, make_actor(Role.SECURITY_ADMIN), person.id, Role.CLERK
            )


class TestPeopleOf:
    def test_lists_who_holds_the_post(self, unit):
        org = add_org(unit.conn)
        head = add_person(unit.conn, Role.HEAD, org=org)
        clerk = add_person(unit.conn, Role.CLERK, org=org)
        add_person(unit.conn, Role.HEAD)
        assert {p.id for p in organisations.people_of(unit.conn, org.id)} == {head.id, clerk.id}
        assert [p.id for p in organisations.people_of(unit.conn, org.id, Role.HEAD)] == [head.id]
