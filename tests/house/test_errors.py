"""Every expected failure has one code, one sentence in each language, and is not a 500."""

import importlib
import inspect
from collections import Counter
from pathlib import Path

import datahall
from datahall.kit.errors import DomainError
from datahall.kit.messages import catalogue

for module in Path(datahall.__file__).parent.rglob("errors.py"):
    package = ".".join(module.relative_to(Path(datahall.__file__).parent).with_suffix("").parts)
    importlib.import_module(f"datahall.{package}")


def family(base: type[DomainError]) -> list[type[DomainError]]:
    return [c for child in base.__subclasses__() for c in (child, *family(child))]


ERRORS = [e for e in family(DomainError) if "code" in e.__dict__]


def test_codes_are_unique():
    assert [c for c, n in Counter(e.code for e in ERRORS).items() if n > 1] == []


def test_each_error_says_its_sentence_and_status():
    gateway_statuses = {451, 500, 502, 503, 504}
    assert [
        e
        for e in ERRORS
        if not e.__dict__.get("__doc__")
        or not (400 <= e.status < 500 or e.status in gateway_statuses)
    ] == []


def test_each_code_has_a_chinese_sentence():
    assert [e.code for e in ERRORS if e.code not in catalogue()] == []


def test_developers_sentence_is_one_sentence():
    assert [e for e in ERRORS if not inspect.getdoc(e).endswith((".", "?"))] == []
