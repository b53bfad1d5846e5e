"""Code tables and their versions.  No I/O but the seeds that come with the package."""

import csv
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Final

from datahall.kit.errors import Fault

MOST_ENTRIES: Final = 100_000  # village codes of a province
CODE_LENGTH, NAME_LENGTH = 50, 200


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One code and its name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """One version of the values that a coded field may have (代码表)."""

    code: str  # how fields refer to it: the standard's number, e.g. "GB/T 2261.1"
    version: int = 1
    name: str
    source: str = ""  # the standard or the department it comes from
    note: str = ""  # what it covers, or what this version changed
    effective_on: date = date(2000, 1, 1)
    entries: tuple[CodeEntry, ...]

    @property
    def is_national(self) -> bool:
        """Whether the list is a national standard, which nobody here may reword."""
        return self.code.startswith("GB")

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(entry.code for entry in self.entries)

    def name_of(self, code: str) -> str | None:
        """The name of `code`, None when the list does not have it."""
        return next((entry.name for entry in self.entries if entry.code == code), None)

    def faults(self) -> Iterator[Fault]:
        """What is wrong with the list."""
        if not self.code.strip():
            yield Fault("code", "standards.name_blank")
        if not self.name.strip():
            yield Fault("name", "standards.name_blank")
        for at, text, most in (("code", self.code, CODE_LENGTH), ("name", self.name, NAME_LENGTH)):
            if len(text) > most:
                yield Fault(at, "standards.too_long", {"most": most, "length": len(text)})
        if not self.entries:
            yield Fault("entries", "standards.entries_none")
        if len(self.entries) > MOST_ENTRIES:
            yield Fault("entries", "standards.entries_too_many", {"most": MOST_ENTRIES})
        seen: dict[str, int] = {}
        for index, entry in enumerate(self.entries):
            at = f"entries.{index}"
            if not entry.code.strip() or not entry.name.strip():
                yield Fault(at, "standards.entry_blank", {"row": index + 1})
            elif len(entry.code) > CODE_LENGTH or len(entry.name) > NAME_LENGTH:
                yield Fault(at, "standards.entry_too_long", {"row": index + 1})
            if entry.code in seen:
                detail: dict[str, object] = {"value": entry.code, "first": seen[entry.code] + 1}
                yield Fault(at, "standards.entry_twice", detail)
            seen.setdefault(entry.code, index)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChange:
    """One code that differs between two versions of a table; None where it is missing."""

    code: str
    before: str | None
    after: str | None


def entry_changes(before: CodeList, after: CodeList) -> tuple[EntryChange, ...]:
    """The codes added, removed and renamed, in the order of the codes (代码变更)."""
    old = {entry.code: entry.name for entry in before.entries}
    new = {entry.code: entry.name for entry in after.entries}
    return tuple(
        EntryChange(code=code, before=old.get(code), after=new.get(code))
        for code in sorted(old.keys() | new.keys())
        if old.get(code) != new.get(code)
    )


def plain(text: str) -> str:
    """A code as it is stored: full-width letters and digits made ordinary, no space around."""
    return unicodedata.normalize("NFKC", text).strip()


@cache
def builtin_code_lists() -> Mapping[str, CodeList]:
    """The code lists that come with the program, by code; each is planted as version 1."""
    folder = resources.files("datahall.standards") / "seeds/code_lists"
    index = tomllib.loads((folder / "index.toml").read_text("utf-8"))
    lists = {}
    for code, about in index.items():
        rows = csv.DictReader((folder / about.pop("file")).read_text("utf-8").splitlines())
        entries = tuple(CodeEntry(row["代码"], row["名称"]) for row in rows)
        lists[code] = CodeList(code=code, entries=entries, **about)
    return lists
