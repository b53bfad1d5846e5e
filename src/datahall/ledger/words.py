"""What a record says, in the words of the screen.  No I/O but the sentences of `messages.toml`."""

import inspect
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from datahall.kit.events import REGISTRY
from datahall.kit.formats import stamp
from datahall.kit.messages import sentence
from datahall.ledger.model import canonical

_TERM: Final = re.compile(r"[（(]([\u4e00-\u9fff][^()（）]*)[)）]")


def _word(code: str, otherwise: str) -> str:
    found = sentence(code)
    return otherwise if found == code else found


def act_name(kind: str) -> str:
    """The Chinese term of an act: of a call from our sentences, else from its event's docstring."""
    event = REGISTRY.get(kind)
    found = _TERM.search(inspect.getdoc(event) or "") if event else None
    return found[1] if found else _word(f"ledger.act.{kind}", kind)


def subject_name(subject: str) -> str:
    """目录项 0197…, for `item:0197…`."""
    kind, colon, id = subject.partition(":")
    return f"{_word(f'ledger.subject.{kind}', kind)} {id}" if colon else subject


def moment(text: object) -> str:
    """The instant on the wall clock in China, as far as it is one."""
    try:
        return f"{stamp(datetime.fromisoformat(str(text)))}（北京时间）"
    except ValueError:
        return str(text or "")


def particulars(body: Mapping[str, Any], *, subject: str = "") -> list[tuple[str, str]]:
    """Field by field what was recorded; what is empty or names the subject again is left out."""
    return [
        (_word(f"ledger.term.{name}", name), _value(value))
        for name, value in body.items()
        if value not in (None, "", [], {}) and not subject.endswith(f":{value}")
    ]


def said(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A whole record, term by term (回执内容)."""
    subject = str(record.get("subject", ""))
    terms = [
        ("事项", act_name(str(record.get("kind", "")))),
        ("时间", moment(record.get("at"))),
        ("存证号", str(record.get("id", ""))),
        ("办理人", str(record.get("by", ""))),
        ("对象", subject_name(subject)),
    ]
    body = record.get("body")
    if isinstance(body, Mapping):
        terms += particulars(body, subject=subject)
    return [(term, printable(value)) for term, value in terms if value]


def stated(statement: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a certificate states, but for its parts, term by term (证书内容)."""
    terms: list[tuple[str, str]] = []
    for name, value in statement.items():
        if name in {"parts", "root"} or value in (None, "", [], {}):
            continue
        if name.endswith("_at"):
            terms.append((_word(f"ledger.term.{name}", name), moment(value)))
        elif isinstance(value, Mapping):
            told = "，".join(
                f"{_word(f'ledger.term.{inner}', inner)} {_value(of)}"
                for inner, of in value.items()
            )
            terms.append((_word(f"ledger.term.{name}", name), told))
        else:
            terms.append((_word(f"ledger.term.{name}", name), _value(value)))
    return [(term, printable(value)) for term, value in terms]


def printable(text: str) -> str:
    """The text without characters that no page may hold; a forged receipt can have any."""
    return "".join(c if c.isprintable() or c in "\r\n" else "\ufffd" for c in text)


def _value(value: object) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case str():
            return value
        case list() if not any(isinstance(item, list | dict) for item in value):
            return "、".join(str(item) for item in value)
        case _:
            return canonical({"": value}).decode()[4:-1]
