"""Organisations (政务部门): regions, departments, people, the posts they hold, and logins."""

from datahall.organisations.errors import OrganisationNotFound, PersonNotFound
from datahall.organisations.events import (
    Appointed,
    AppointmentEnded,
    LoggedIn,
    LoggedOut,
    LoginFailed,
    OrganisationRegistered,
    PersonRegistered,
)
from datahall.organisations.http import identify
from datahall.organisations.logins import Session
from datahall.organisations.model import (
    ROLE_NAMES,
    SYSTEM,
    Appointment,
    Organisation,
    OrgKind,
    Person,
    Region,
    RegionLevel,
)
from datahall.organisations.repository.seats import Seat, seats
from datahall.organisations.repository.structure import (
    authority,
    children_of,
    names_of,
    organisation,
    organisation_by_uscc,
    organisations,
    people_of,
    person,
    person_by_login,
    region,
)
from datahall.organisations.service.credentials import make_link, set_password_by_link
from datahall.organisations.service.login import LoggedInSession, actor_of, limits, log_in, log_out
from datahall.organisations.service.setup import Newcomer, SetUp, set_up, setup_link
from datahall.organisations.service.structure import (
    appoint,
    end_appointment,
    register_organisation,
    register_person,
)

__all__ = [
    "ROLE_NAMES",
    "SYSTEM",
    "Appointed",
    "Appointment",
    "AppointmentEnded",
    "LoggedIn",
    "LoggedInSession",
    "LoggedOut",
    "LoginFailed",
    "Newcomer",
    "OrgKind",
    "Organisation",
    "OrganisationNotFound",
    "OrganisationRegistered",
    "Person",
    "PersonNotFound",
    "PersonRegistered",
    "Region",
    "RegionLevel",
    "Seat",
    "Session",
    "SetUp",
    "actor_of",
    "appoint",
    "authority",
    "children_of",
    "end_appointment",
    "identify",
    "limits",
    "log_in",
    "log_out",
    "make_link",
    "names_of",
    "organisation",
    "organisation_by_uscc",
    "organisations",
    "people_of",
    "person",
    "person_by_login",
    "region",
    "register_organisation",
    "register_person",
    "seats",
    "set_password_by_link",
    "set_up",
    "setup_link",
]
