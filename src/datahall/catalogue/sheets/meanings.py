"""The texts of cells as an entry (单元格 → 目录项): what is understood, repaired or refused.  No I/O."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from datahall.catalogue.categories import Category
from datahall.catalogue.model import Assessment, CatalogueItem, Field
from datahall.catalogue.sheets.cells import ErrorText
from datahall.catalogue.sheets.texts import (
    CONDITIONAL,
    ELSEWHERE,
    FREE,
    LEVEL_ENDS,
    METHODS,
    PLATFORM,
    Written,
    split,
)
from datahall.catalogue.suggest import titled_field
from datahall.catalogue.vocabulary import (
    DataFormat,
    FieldType,
    Opening,
    ShareMethod,
    Sharing,
    UpdateCycle,
)
from datahall.kit.errors import Fault
from datahall.kit.labels import Labelled
from datahall.organisations import Organisation
from datahall.standards import SensitiveKind

DAY: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
LENGTH: Final = re.compile(r"(\d{0,9})(?:,(\d{1,4}))?")
YES: Final = frozenset(("是", "1", "y", "yes", "true", "√", "开放"))
NO: Final = frozenset(("否", "0", "n", "no", "false", "×", "不开放", ""))
LISTED: Final = ("related_codes", "keywords", "matter_codes")
TEXTS: Final = (
    "office", "abstract", "format_type", "format_description", "theme", "system", "duty_basis",
    "share_explanation", "contact", "area", "period",
)  # fmt: skip
CODES: Final = ("alias_code", "parent_code", "open_code", "phone")
METHOD_OF: Final = {words: method for method, words in METHODS.items()} | {
    "批量交换": ShareMethod.BATCH,
    "文件下载": ShareMethod.FILE,
}
CLASSES: Final = {
    PLATFORM: PLATFORM,
    "共享平台": PLATFORM,
    ELSEWHERE: ELSEWHERE,
    "其他": ELSEWHERE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the texts are read against."""

    provider: Organisation
    categories: Mapping[str, Category]
    code_lists: Collection[str]


@dataclass(slots=True)
class Reading:
    """Reads the texts of one entry; what it could not understand is in `faults`.

    Paths are those of the columns: `sharing`, or `fields.3.length` for the fourth item.
    """

    texts: Written
    known: Known
    faults: list[Fault] = field(default_factory=list)
    repairs: list[Fault] = field(default_factory=list)

    def title(self) -> str:
        return self._text("title")

    def code(self) -> str:
        """The resource code; empty when the sheet gives none."""
        return _narrowed(self._raw("code")).replace(" ", "")

    def alias(self) -> str:
        """The second code."""
        return _narrowed(self._raw("alias_code"))

    def changes(self, base: CatalogueItem) -> dict[str, Any]:
        """What the sheet says, as attributes of an entry that so far is `base`."""
        self._ask_provider()
        self._narrow("code")  # that it was made plain is told
        found: dict[str, Any] = {"title": self.title(), "category_code": self._category()}
        found |= {name: self._text(name) for name in TEXTS if name in self.texts.entry}
        found |= {name: self._list(name) for name in LISTED if name in self.texts.entry}
        found |= {name: self._narrow(name) for name in CODES if name in self.texts.entry}
        found["format"] = self._choice("format", DataFormat, base.format)
        found |= self._sharing(base) | self._opening()
        found["share_methods"] = self._methods()
        found["update_cycle"] = self._choice("update_cycle", UpdateCycle, base.update_cycle)
        for name in ("secrecy", "privacy"):
            if f"{name}.number" in self.texts.entry:
                found[name] = self._assessment(name)
        self._day("published_on")  # given by the publication; only its form is asked
        if self._text("notes"):
            self.repairs.append(Fault("notes", "catalogue.sheet_notes_left"))
        found["fields"] = self._fields(base)
        return found

    # pieces

    def _raw(self, path: str, index: int | None = None) -> str:
        texts = self.texts.entry if index is None else self.texts.items[index]
        return texts.get(path, "")

    def _fault(self, path: str, code: str, **detail: object) -> None:
        self.faults.append(Fault(path, f"catalogue.sheet_{code}", detail))

    def _text(self, path: str) -> str:
        return self._raw(path).strip()

    def _narrow(self, path: str, index: int | None = None) -> str:
        """A code or number in half width; that it was not is told."""
        raw = self._raw(path, index).strip()
        text = _narrowed(raw)
        if text != raw:
            at = path if index is None else path.replace("fields.", f"fields.{index}.", 1)
            detail: dict[str, object] = {"before": raw, "after": text}
            self.repairs.append(Fault(at, "catalogue.sheet_made_narrow", detail))
        return text

    def _list(self, path: str) -> tuple[str, ...]:
        return split(self._text(path))

    def _choice(self, path: str, options: type[Any], before: Any) -> Any:
        text = self._narrow(path)
        if not text:
            return before
        found = _option(text, options)
        if found is None:
            words = "、".join(option.label for option in options)
            self._fault(path, "choice", value=text[:40], options=words)
            return before
        return found

    def _day(self, path: str) -> date | None:
        text = self._narrow(path)
        if not text:
            return None
        written = DAY.match(text)
        try:
            on = date(*map(int, written.groups())) if written else None
        except ValueError:
            on = None
        if on is None:
            self._fault(path, "day", value=text[:40])
        return on

    def _ask_provider(self) -> None:
        own = self.known.provider
        name, code = self._text("provider"), self._narrow("provider_code")
        if name and name not in {own.name, own.short_name}:
            self._fault("provider", "other_provider", name=name[:60], own=own.name)
        elif code and code.upper() != own.uscc:
            self._fault("provider_code", "other_provider_code", value=code[:40], own=own.uscc)

    def _category(self) -> str:
        """The code of the deepest level that is filled in, by names or by codes; else blank."""
        code = ""
        for level in range(4):
            path = f"category.{level}"
            text = self._text(path)
            if not text:
                rest = [f"category.{n}" for n in range(level + 1, 4)]
                if below := next((p for p in rest if self._text(p)), None):
                    self._fault(path, "category_gap", below=self._text(below))
                    return ""
                break
            found = self._level(code, level, text)
            if found is None:
                above = self.known.categories.get(code)
                where = above.path_name if above else "分类树"
                self._fault(path, "category", value=text[:40], where=where)
                return ""
            code = found
        return code

    def _level(self, above: str, level: int, text: str) -> str | None:
        plain = unicodedata.normalize("NFKC", text)
        ends = LEVEL_ENDS[level] if level < len(LEVEL_ENDS) else None
        for code, category in self.known.categories.items():
            fits = len(code) == ends if ends else len(code) > LEVEL_ENDS[-1]
            if (
                fits
                and code.startswith(above)
                and plain in {category.name, code, code[len(above) :]}
            ):
                return code
        return None

    def _sharing(self, base: CatalogueItem) -> dict[str, Any]:
        chosen = self._choice("sharing", Sharing, base.sharing)
        condition = self._text("condition")
        match chosen:
            case Sharing.UNCONDITIONAL:
                if condition not in {"", FREE, "无条件共享"}:
                    self._fault("condition", "condition_on_free", value=condition[:40])
                return {"sharing": chosen, "share_condition": "", "withheld_basis": ""}
            case Sharing.CONDITIONAL:
                return {"sharing": chosen, "share_condition": condition, "withheld_basis": ""}
            case _:
                return {"sharing": chosen, "share_condition": "", "withheld_basis": condition}

    def _methods(self) -> tuple[ShareMethod, ...]:
        classes = self._list("method_class")
        for given in classes:
            if given not in CLASSES:
                options = f"{PLATFORM}、{ELSEWHERE}"
                self._fault("method_class", "choice", value=given[:40], options=options)
        found: dict[ShareMethod, None] = {}
        for words in self._list("share_methods"):
            if words in METHOD_OF:
                found[METHOD_OF[words]] = None
            else:
                options = "、".join(METHODS.values())
                self._fault("share_methods", "choice", value=words[:40], options=options)
        if any(CLASSES.get(given) == ELSEWHERE for given in classes):
            found[ShareMethod.OTHER] = None
        return tuple(found)

    def _opening(self) -> dict[str, Any]:
        said, condition = self._narrow("is_open").casefold(), self._text("open_condition")
        if said in NO:
            if condition not in {"", "无", "/", "—"}:
                self._fault("open_condition", "open_condition_on_closed")
            return {"opening": Opening.WITHHELD, "open_condition": ""}
        if said not in YES:
            self._fault("is_open", "choice", value=said[:40], options="是、否")
        if condition in {"", FREE, "无条件开放"}:
            return {"opening": Opening.UNCONDITIONAL, "open_condition": ""}
        text = "" if condition in {CONDITIONAL, "有条件开放"} else condition
        return {"opening": Opening.CONDITIONAL, "open_condition": text}

    def _assessment(self, name: str) -> Assessment | None:
        number, conclusion = self._text(f"{name}.number"), self._text(f"{name}.conclusion")
        on = self._day(f"{name}.done_on")
        if not (number or conclusion or on):
            return None
        if on is None:
            if not self._text(f"{name}.done_on"):
                self._fault(f"{name}.done_on", "day_missing")
            return None
        return Assessment(number=number, conclusion=conclusion, done_on=on)

    # information items

    def _fields(self, base: CatalogueItem) -> tuple[Field, ...]:
        by_name = {f.name: f for f in base.fields}
        by_title = {f.title: f for f in base.fields}
        made: list[Field] = []
        for index, texts in enumerate(self.texts.items):
            title = texts.get("fields.title", "").strip()
            name = self._narrow("fields.name", index)
            known = by_name.get(name) or by_title.get(title)
            made.append(self._field(index, title, name, known, made))
        return tuple(made)

    def _field(
        self, index: int, title: str, name: str, known: Field | None, made: Sequence[Field]
    ) -> Field:
        type = self._item_choice(
            "type", index, FieldType, known.type if known else FieldType.STRING
        )
        length, scale = self._length(index)
        taken = {f.name for f in made}
        told = replace(
            known or titled_field(title, type, taken, self.known.code_lists, name=name),
            title=title,
            type=type,
            length=length,
            scale=scale,
        )
        changes: dict[str, Any] = dict(self._own_columns(index, told))
        if name and name != told.name:
            same = told.source_column == told.name
            changes |= {"name": name, "source_column": name if same else told.source_column}
        return replace(told, **changes)

    def _own_columns(self, index: int, told: Field) -> Iterator[tuple[str, Any]]:
        """What the columns of our own say, where the sheet has them."""
        texts = self.texts.items[index]
        if "fields.grade" in texts and (grade := self._narrow("fields.grade", index)):
            digits = grade.removesuffix("级").strip()
            if digits.isdigit() and len(digits) == 1:
                yield "grade", int(digits)
            else:
                self._fault(f"fields.{index}.grade", "grade", value=grade[:40])
        if "fields.sensitive" in texts and "fields.name" in texts:
            none = SensitiveKind.NONE if texts.get("fields.name") else told.sensitive
            yield "sensitive", self._item_choice("sensitive", index, SensitiveKind, none)
        if "fields.code_list" in texts and (texts["fields.code_list"] or texts.get("fields.name")):
            yield "code_list", texts["fields.code_list"].strip() or None
        if "fields.element" in texts and (texts["fields.element"] or texts.get("fields.name")):
            yield "element", self._narrow("fields.element", index) or None
        for name in ("is_key", "required"):
            said = texts.get(f"fields.{name}", "").strip().casefold()
            if said:
                yield name, self._is_yes(said, f"fields.{index}.{name}")
        if "fields.rules" in texts and (texts["fields.rules"] or texts.get("fields.name")):
            yield "rules", split(texts["fields.rules"])

    def _is_yes(self, said: str, path: str) -> bool:
        if said not in YES and said not in NO:
            self._fault(path, "choice", value=said[:40], options="是、否")
        return said in YES

    def _item_choice(self, name: str, index: int, options: type[Any], before: Any) -> Any:
        text = self._narrow(f"fields.{name}", index)
        if not text:
            return before
        found = _option(text, options)
        if found is None:
            words = "、".join(option.label for option in options)
            self._fault(f"fields.{index}.{name}", "choice", value=text[:40], options=words)
            return before
        return found

    def _length(self, index: int) -> tuple[int | None, int | None]:
        text = self._narrow("fields.length", index).replace("，", ",").replace(" ", "")
        if not text:
            return None, None
        found = LENGTH.fullmatch(text)
        if found is None or not (found[1] or found[2]):
            self._fault(f"fields.{index}.length", "length", value=text[:40])
            return None, None
        return (int(found[1]) if found[1] else None), (int(found[2]) if found[2] else None)


def _narrowed(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _option(text: str, options: type[Any]) -> Labelled | None:
    """The member whose stored value, words, or words with the value behind `text` is."""
    plain = text.strip()
    for option in options:
        if plain in {option.label, option.value, f"{option.label}{option.value}"}:
            return option  # type: ignore[no-any-return]
        if plain == option.label.removesuffix("型") or plain == f"{option.value} {option.label}":
            return option  # type: ignore[no-any-return]
    return None


def failed_formulas(texts: Written) -> Iterator[Fault]:
    """Cells whose formula gives an error instead of a value."""
    for path, text in texts.entry.items():
        if isinstance(text, ErrorText):
            yield Fault(path, "catalogue.sheet_formula", {"value": str(text)})
    for index, item in enumerate(texts.items):
        for path, text in item.items():
            if isinstance(text, ErrorText):
                at = path.replace("fields.", f"fields.{index}.", 1)
                yield Fault(at, "catalogue.sheet_formula", {"value": str(text)})
