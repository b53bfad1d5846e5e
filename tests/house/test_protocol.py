"""docs/protocol/gateway.md is true: its example computes, its codes are those of the program."""

import hmac
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl, quote

import pytest

from datahall.gateway import errors
from datahall.gateway.grammar import MAX_FILTERS, MAX_QUERY_BYTES, MAX_ROWS, MAX_VALUES
from datahall.kit import signing

DOCUMENT = (Path(__file__).parents[2] / "docs/protocol/gateway.md").read_text()
EXAMPLE = DOCUMENT.partition("### Worked example")[2].partition("\n## ")[0]
REQUEST, SECRET, TEXT = re.findall(r"```\n(.+?)\n```", EXAMPLE, re.DOTALL)
SIGNED = re.findall(r"\| `(HMAC-\w+)` \| `([0-9a-f]{64})` \| `([A-Za-z0-9+/]{43}=)` \|", EXAMPLE)
LINE, *HEADERS = REQUEST.splitlines()
METHOD, TARGET = LINE.split(" ", 1)
PATH, _, QUERY = TARGET.partition("?")
TIMESTAMP, NONCE = (header.split(": ")[1] for header in HEADERS)
CODES = re.findall(
    r"^\| `((?:consumer|platform|provider)\.\w+)` \| (\d{3}) \|", DOCUMENT, re.MULTILINE
)


def canonical(query):
    """The document's own words, sharing no code with the program's."""
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


def test_the_example_computes_by_the_document_alone():
    digest = sha256(b"").hexdigest()
    text = "\n".join([METHOD, PATH, canonical(QUERY), digest, TIMESTAMP, NONCE])
    code = hmac.digest(SECRET.encode(), text.encode(), "sha256")

    assert text == TEXT
    assert ("HMAC-SHA256", digest, b64encode(code).decode()) in SIGNED


@pytest.mark.parametrize(("algorithm", "digest", "signature"), SIGNED)
def test_the_example_computes_by_the_program(algorithm, digest, signature):
    text = signing.string_to_sign(METHOD, PATH, QUERY, digest, TIMESTAMP, NONCE)

    assert signing.body_digest(algorithm, b"") == digest
    assert signing.sign(algorithm, SECRET, text) == signature


def test_the_example_has_every_algorithm():
    assert [algorithm for algorithm, _, _ in SIGNED] == list(signing.ALGORITHMS)


def test_every_code_stands_once_with_its_status():
    known = [
        e for e in vars(errors).values() if isinstance(e, type) and e.__module__ == errors.__name__
    ]
    wanted = {e.code: str(e.status) for e in known if e is not errors.Refusal}

    assert dict(CODES) == wanted
    assert len(CODES) == len(wanted)


@pytest.mark.parametrize(
    "words",
    [
        f"at most {signing.MAX_SKEW_S} s",
        f"1–{MAX_ROWS} rows",
        f"one of up to {MAX_VALUES} values",
        f"({MAX_FILTERS} at most",
        f"{MAX_QUERY_BYTES:,} bytes at most",
    ],
)
def test_every_limit_is_the_programs(words):
    assert words in DOCUMENT
