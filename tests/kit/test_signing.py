from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall.kit import signing

CALL = ("GET", "/v1/data/SQ-1", "select=name&id_card=eq.34150219900101123X", "1792118535120", "n1")
ALGORITHMS = pytest.mark.parametrize("algorithm", list(signing.ALGORITHMS))


def text(algorithm, method, path, query, timestamp, nonce, body=b""):
    digest = signing.body_digest(algorithm, body)
    return signing.string_to_sign(method, path, query, digest, timestamp, nonce)


def test_worked_example():
    """Computed with `openssl dgst -sha256 -hmac` too."""
    signed = text("HMAC-SHA256", *CALL)
    assert signed == (
        "GET\n/v1/data/SQ-1\nid_card=eq.34150219900101123X&select=name\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n1792118535120\nn1"
    )
    assert signing.sign("HMAC-SHA256", "secret", signed) == (
        "Yi717OJ3E71gm2Tjz/98qKpZu1l0gTaai1CSRwQ7O7g="
    )


@ALGORITHMS
def test_signature_of_the_holder_is_accepted(algorithm):
    signed = text(algorithm, *CALL)
    assert signing.is_signed(
        signing.key(algorithm, "s"), signed, signing.sign(algorithm, "s", signed)
    )
    assert not signing.is_signed(
        signing.key(algorithm, "t"), signed, signing.sign(algorithm, "s", signed)
    )


@ALGORITHMS
@pytest.mark.parametrize("part", range(5))
def test_every_part_of_the_call_is_signed(algorithm, part):
    other = [*CALL]
    other[part] += "1"
    signature = signing.sign(algorithm, "s", text(algorithm, *CALL))
    assert not signing.is_signed(signing.key(algorithm, "s"), text(algorithm, *other), signature)
    assert not signing.is_signed(
        signing.key(algorithm, "s"), text(algorithm, *CALL, body=b"x"), signature
    )


@ALGORITHMS
@pytest.mark.parametrize("signature", ["", "é", "AAAA", "=" * 44])
def test_what_is_no_signature_is_refused_quietly(algorithm, signature):
    assert not signing.is_signed(signing.key(algorithm, "s"), text(algorithm, *CALL), signature)


@pytest.mark.parametrize(
    "sent",
    [
        "name=eq.%E5%BC%A0%E4%B8%89&limit=5",
        "limit=5&name=eq.张三",
        "limit=5&name=eq.%e5%bc%a0%e4%b8%89",
        "limit=%35&name=eq%2E%E5%BC%A0%E4%B8%89",
    ],
)
def test_order_and_escapes_of_the_query_do_not_matter(sent):
    assert signing.canonical_query(sent) == "limit=5&name=eq.%E5%BC%A0%E4%B8%89"


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=5))
def test_canonical_query_is_its_own_canonical_form(pairs):
    query = urlencode(pairs, errors="replace")
    once = signing.canonical_query(query)
    assert signing.canonical_query(once) == once


def test_a_plain_query_is_signed_as_the_long_way_round():
    """The short cut for one plain pair gives what decoding and encoding gives."""
    for query in ("a=b", "a=", "id_card=eq.341502198001011234", "a-b=~._"):
        pairs = parse_qsl(query, keep_blank_values=True)
        assert signing.canonical_query(query) == urlencode(sorted(pairs), quote_via=quote, safe="")
