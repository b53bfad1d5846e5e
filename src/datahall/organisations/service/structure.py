"""Registering organisations and people, and appointing people to posts."""

import re

import stdnum.cn.uscc

from datahall import security
from datahall.kit.errors import Fault, Invalid
from datahall.kit.ids import OrgId, PersonId, new_id
from datahall.kit.uow import Unit
from datahall.organisations.errors import (
    AlreadyAppointed,
    LoginTaken,
    NotAppointed,
    OrganisationExists,
    OwnAppointment,
)
from datahall.organisations.events import (
    Appointed,
    AppointmentEnded,
    OrganisationRegistered,
    PersonRegistered,
)
from datahall.organisations.model import (
    ROLE_NAMES,
    Appointment,
    Organisation,
    OrgKind,
    Person,
    check_post,
)
from datahall.organisations.repository import structure
from datahall.security import Actor, Role

LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,31}")
PHONE = re.compile(r"(0\d{2,3}-?)?\d{7,8}|1\d{10}")
MOBILE = re.compile(r"1\d{10}")


def register_organisation(
    unit: Unit,
    actor: Actor,
    *,
    name: str,
    short_name: str,
    seal: str,
    kind: OrgKind,
    uscc: str,
    region: str,
    parent: OrgId | None = None,
) -> Organisation:
    """Add an organisation to the directory (登记单位).

    Raises:
        NotPermitted, Invalid, RegionNotFound, OrganisationNotFound, OrganisationExists
    """
    security.require(actor, "organisations:manage")
    name, short_name, seal, uscc = (s.strip() for s in (name, short_name, seal, uscc.upper()))
    faults = [Fault(field, "organisations.missing") for field, value in
              (("name", name), ("short_name", short_name)) if not value]  # fmt: skip
    if len(seal) != 1:
        faults.append(Fault("seal", "organisations.seal_is_one_character"))
    if not stdnum.cn.uscc.is_valid(uscc):
        faults.append(Fault("uscc", "organisations.bad_uscc"))
    if faults:
        raise Invalid(faults)
    structure.region(unit.conn, region)
    if parent is not None:
        structure.organisation(unit.conn, parent)
    if same := structure.same_organisation(unit.conn, name, uscc):
        raise OrganisationExists(name=same.name)
    org = Organisation(
        id=OrgId(new_id()),
        name=name,
        short_name=short_name,
        seal=seal,
        kind=kind,
        uscc=uscc,
        region=region,
        parent=parent,
    )
    structure.add_organisations(unit.conn, [org])
    unit.record(OrganisationRegistered(at=unit.now, by=actor.by, org=org.id))
    return org


def register_person(
    unit: Unit, actor: Actor, *, name: str, login: str, org: OrgId, phone: str = ""
) -> Person:
    """Add a person to an organisation, without a post and without a password (登记人员).

    Raises:
        NotPermitted, Invalid, OrganisationNotFound, LoginTaken
    """
    security.require(actor, "organisations:manage", on=org)
    name, login, phone = name.strip(), login.strip().lower(), re.sub(r"\s", "", phone)
    faults = []
    if not name:
        faults.append(Fault("name", "organisations.missing"))
    if not LOGIN.fullmatch(login):
        faults.append(Fault("login", "organisations.bad_login"))
    if phone and not PHONE.fullmatch(phone):
        faults.append(Fault("phone", "organisations.bad_phone"))
    if faults:
        raise Invalid(faults)
    structure.organisation(unit.conn, org)
    if structure.person_by_login(unit.conn, login):
        raise LoginTaken(login=login)
    person = Person(
        id=PersonId(new_id()), name=name, login=login, org=org, phone_masked=_masked(phone)
    )
    structure.add_person(unit.conn, person, at=unit.now)
    unit.record(PersonRegistered(at=unit.now, by=actor.by, person=person.id, org=org))
    return person


def appoint(
    unit: Unit, actor: Actor, person: PersonId, role: Role, *, document: str = ""
) -> Person:
    """Give a person a post (任职); administrators stay separate (三员分立).

    Raises:
        NotPermitted, PersonNotFound, OwnAppointment, AlreadyAppointed, PostsMustBeSeparate,
        PostNotOfOrganisation
    """
    subject = structure.person(unit.conn, person, lock=True)
    security.require(actor, "organisations:appoint", on=subject.org)
    if subject.id == actor.person:
        raise OwnAppointment
    if role in subject.roles:
        raise AlreadyAppointed(name=subject.name, role=ROLE_NAMES[role])
    check_post(subject, structure.organisation(unit.conn, subject.org), role)
    structure.add_appointment(
        unit.conn,
        Appointment(
            id=new_id(), person=person, role=role, since=unit.now, document=document.strip()
        ),
    )
    unit.record(Appointed(at=unit.now, by=actor.by, person=person, role=role))
    return structure.person(unit.conn, person)


def end_appointment(unit: Unit, actor: Actor, person: PersonId, role: Role) -> Person:
    """Take a person out of a post (免职); it is felt by their next request.

    Raises:
        NotPermitted, PersonNotFound, OwnAppointment, NotAppointed
    """
    subject = structure.person(unit.conn, person, lock=True)
    security.require(actor, "organisations:appoint", on=subject.org)
    if subject.id == actor.person:
        raise OwnAppointment
    if not structure.end_appointment(unit.conn, person, role, at=unit.now):
        raise NotAppointed(name=subject.name, role=ROLE_NAMES[role])
    unit.record(AppointmentEnded(at=unit.now, by=actor.by, person=person, role=role))
    return structure.person(unit.conn, person)


def _masked(phone: str) -> str:
    """The number as it is stored and shown: 138****5678."""
    if not phone:
        return ""
    kind = "mobile" if MOBILE.fullmatch(phone) else "landline"
    return security.mask(kind, phone) or ""
