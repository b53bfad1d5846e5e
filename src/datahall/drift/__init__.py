"""Drift (结构变更): what each scan of a source found, and tickets for the entries it breaks."""

from datahall.drift.desk import todos
from datahall.drift.errors import (
    AskedAlready,
    ClockHasRunOut,
    ExtensionTooLong,
    NotAtThisStep,
    NothingAsked,
    TicketNotFound,
    WordsRequired,
)
from datahall.drift.events import (
    DriftExplained,
    ExplanationReturned,
    ExtensionAsked,
    ExtensionDecided,
    TicketChanged,
    TicketClosed,
    TicketOpened,
)
from datahall.drift.model.changes import Change, ChangeKind, find
from datahall.drift.model.misfits import Misfit, misfits
from datahall.drift.model.scan import Scan
from datahall.drift.model.ticket import Outcome, Status, Ticket
from datahall.drift.questions import FieldUse, FieldUses
from datahall.drift.repository import open_ticket, scans_of
from datahall.drift.scanning import record_failed_scan, record_scan
from datahall.drift.service import (
    TicketView,
    agree,
    ask_extension,
    decide_extension,
    explain,
    follow_published,
    follow_withdrawn,
    return_,
    ticket,
    tickets,
)
from datahall.drift.tabs import TABS

__all__ = [
    "TABS",
    "AskedAlready",
    "Change",
    "ChangeKind",
    "ClockHasRunOut",
    "DriftExplained",
    "ExplanationReturned",
    "ExtensionAsked",
    "ExtensionDecided",
    "ExtensionTooLong",
    "FieldUse",
    "FieldUses",
    "Misfit",
    "NotAtThisStep",
    "NothingAsked",
    "Outcome",
    "Scan",
    "Status",
    "Ticket",
    "TicketChanged",
    "TicketClosed",
    "TicketNotFound",
    "TicketOpened",
    "TicketView",
    "WordsRequired",
    "agree",
    "ask_extension",
    "decide_extension",
    "explain",
    "find",
    "follow_published",
    "follow_withdrawn",
    "misfits",
    "open_ticket",
    "record_failed_scan",
    "record_scan",
    "return_",
    "scans_of",
    "ticket",
    "tickets",
    "todos",
]
