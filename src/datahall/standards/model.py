"""Code lists and kinds of sensitive data.  No I/O but the seeds that come with the package."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import ClassVar

from datahall.kit.errors import Fault
from datahall.kit.events import Event
from datahall.kit.labels import Labelled


class SensitiveKind(Labelled):
    """What a field tells about a person, a place or an organisation (敏感数据类型).

    The kind decides the default grade and the mask of domain.md §6.5.
    """

    NONE = "none", "非敏感"
    NAME = "name", "姓名"
    ID_CARD = "id_card", "公民身份号码"
    USCC = "uscc", "统一社会信用代码"
    MOBILE = "mobile", "手机号码"
    LANDLINE = "landline", "固定电话"
    ADDRESS = "address", "详细地址"
    BANK_CARD = "bank_card", "银行账号"
    EMAIL = "email", "电子邮箱"
    PLATE = "plate", "机动车号牌"
    BIRTH_DATE = "birth_date", "出生日期"
    LOCATION = "location", "经纬度"

    @property
    def is_personal(self) -> bool:
        """Whether the field identifies or describes a natural person (个人信息)."""
        return self not in {SensitiveKind.NONE, SensitiveKind.USCC}

    @property
    def least_grade(self) -> int:
        """The lowest grade that a field of this kind may have [P]."""
        return LEAST_GRADE.get(self, 3)


LEAST_GRADE: Mapping[SensitiveKind, int] = {
    SensitiveKind.NONE: 1,
    SensitiveKind.USCC: 1,
    SensitiveKind.LANDLINE: 2,
    SensitiveKind.BIRTH_DATE: 2,
    SensitiveKind.PLATE: 2,
    SensitiveKind.LOCATION: 2,
    SensitiveKind.BANK_CARD: 4,
}


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One code and its name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """The values that a coded field may have (代码表)."""

    code: str  # how fields refer to it: the standard's number, e.g. "GB/T 2261.1"
    name: str
    source: str = ""  # the standard or the department it comes from
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
        if not self.entries:
            yield Fault("entries", "standards.entries_none")
        seen: set[str] = set()
        for index, entry in enumerate(self.entries):
            if not entry.code.strip() or not entry.name.strip():
                yield Fault(f"entries.{index}", "standards.entry_blank", {"row": index + 1})
            if entry.code in seen:
                yield Fault(f"entries.{index}", "standards.entry_twice", {"value": entry.code})
            seen.add(entry.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeListAdopted(Event):
    """The authority put a local code list in force (代码表登记)."""

    tag: ClassVar[str] = "standards:code_list:adopt"

    code_list: str

    @property
    def subject(self) -> str:
        return f"code_list:{self.code_list}"


@cache
def builtin_code_lists() -> Mapping[str, CodeList]:
    """The code lists that come with the program, by code."""
    text = resources.files("datahall.standards").joinpath("code_lists.toml").read_text("utf-8")
    return {
        code: CodeList(
            code=code,
            name=entry["name"],
            source=entry["source"],
            entries=tuple(CodeEntry(c, n) for c, n in entry["entries"].items()),
        )
        for code, entry in tomllib.loads(text).items()
    }
