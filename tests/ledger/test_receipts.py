import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall.kit.crypto import Suite, new_signer
from datahall.ledger import merkle
from datahall.ledger.checkpoint import Checkpoint
from datahall.ledger.model import call_leaf
from datahall.ledger.note import NoteRefused, VerifierKey
from datahall.ledger.receipts import Receipt, State, verify_receipt
from tests.conftest import NOON

ORIGIN = "datahall/341500"
SIGNERS = {suite: new_signer(suite) for suite in Suite}
SUITES = pytest.mark.parametrize("suite", list(Suite))


def key(suite):
    return VerifierKey.of(ORIGIN, SIGNERS[suite])


def make_receipt(suite=Suite.INTL, *, size=11, index=4):
    """A receipt of a log that is kept in a list."""
    record = {"kind": "gateway:call:answer", "subject": "grant:1", "at": NOON, "by": "app:人社",
              "body": {"rows": 1, "fields": ["name"]}}  # fmt: skip
    made = [call_leaf(dict(record), suite=suite) for _ in range(size)]
    hashes = [leaf.leaf_hash for leaf in made]

    def subtrees(level, place):
        return merkle.root(suite, hashes[place << level : (place + 1) << level])

    signed = Checkpoint(ORIGIN, size, merkle.root(suite, hashes))
    return Receipt(
        record=orjson.loads(made[index].record),
        salt=made[index].salt,
        index=index,
        path=tuple(merkle.inclusion(suite, subtrees, index, size)),
        checkpoint=signed.signed(SIGNERS[suite]),
    )


def states(verdict):
    return [check.state.value for check in verdict.checks]


@SUITES
class TestVerify:
    def test_what_was_issued_passes_every_check(self, suite):
        verdict = verify_receipt(make_receipt(suite).to_json(), str(key(suite)))
        assert verdict.ok
        assert [check.name for check in verdict.checks] == ["file", "signature", "inclusion"]
        assert verdict.checkpoint.size == 11

    def test_no_changed_byte_passes(self, suite):
        file = make_receipt(suite).to_json()
        for place in range(len(file)):
            for flip in (0x01, 0x08, 0x20) if suite is Suite.INTL else (0x20,):
                changed = bytearray(file)
                changed[place] ^= flip
                assert not verify_receipt(bytes(changed), key(suite)).ok, f"byte {place}"

    def test_no_lost_byte_passes(self, suite):
        file = make_receipt(suite).to_json()
        for place in range(0, len(file), 3):
            assert not verify_receipt(file[:place] + file[place + 1 :], key(suite)).ok
            assert not verify_receipt(file[:place], key(suite)).ok

    def test_another_key_does_not_vouch_for_it(self, suite):
        stranger = VerifierKey.of(ORIGIN, new_signer(suite))
        verdict = verify_receipt(make_receipt(suite).to_json(), stranger)
        assert states(verdict) == ["passed", "failed", "skipped"]


@given(st.sampled_from([None, 1, 2, "\t"]), st.booleans())
def test_laid_out_otherwise_it_stays_good(indent, sort_keys):
    file = json.dumps(orjson.loads(FILE), indent=indent, sort_keys=sort_keys)
    assert verify_receipt(file, key(Suite.INTL)).ok
    assert verify_receipt(file.replace("\n", "\r\n"), key(Suite.INTL)).ok
    assert verify_receipt(f"\ufeff{file}\n", key(Suite.INTL)).ok


@given(data=st.data(), byte=st.integers(0, 255))
def test_no_byte_anywhere_can_be_replaced_by_another(data, byte):
    file = FILE
    place = data.draw(st.integers(0, len(file) - 1))
    changed = file[:place] + bytes([byte]) + file[place + 1 :]
    assert verify_receipt(changed, key(Suite.INTL)).ok is (changed == file)


FILE = make_receipt().to_json()


class TestWhatTheChecksSay:
    """Each forgery fails at the check that a person should read about."""

    def failed(self, file):
        verdict = verify_receipt(file, key(Suite.INTL))
        return {check.name for check in verdict.checks if check.state is State.FAILED}

    def forged(self, **changes):
        return self.failed(orjson.dumps({**orjson.loads(FILE), **changes}))

    def test_changed_record(self):
        record = {**orjson.loads(FILE)["record"], "by": "app:民政"}
        assert self.forged(record=record) == {"inclusion"}

    def test_another_place(self):
        assert self.forged(index=5) == {"inclusion"}

    def test_changed_salt(self):
        assert self.forged(salt="00" * 16) == {"inclusion"}

    def test_another_log_signed_by_the_same_key(self):
        other = Checkpoint(ORIGIN, 11, bytes(32)).signed(SIGNERS[Suite.INTL])
        assert self.forged(checkpoint=other) == {"inclusion"}

    def test_changed_checkpoint(self):
        checkpoint = orjson.loads(FILE)["checkpoint"].replace("\n11\n", "\n12\n")
        assert self.forged(checkpoint=checkpoint) == {"signature"}

    def test_a_name_told_twice(self):
        twice = FILE.replace(b'"by":', b'"by":"app:\xe6\xb0\x91\xe6\x94\xbf","by":')
        assert self.failed(twice) == {"file"}

    def test_hex_written_otherwise(self):
        assert self.forged(salt=orjson.loads(FILE)["salt"].upper()) == {"file"}

    def test_something_more(self):
        assert self.forged(remark="已核") == {"file"}

    @pytest.mark.parametrize(
        "file",
        [b"", b"{}", b"[]", b"\xff", b"null", b"[" * 100_000, FILE[:-30], b"x" * 70_000],
        ids=["empty", "object", "list", "bytes", "null", "deep", "cut", "large"],
    )
    def test_what_is_no_receipt(self, file):
        verdict = verify_receipt(file, key(Suite.INTL))
        assert states(verdict) == ["failed", "skipped", "skipped"]
        assert verdict.receipt is None

    @pytest.mark.parametrize("suite", list(Suite))
    def test_every_check_speaks_chinese(self, suite):
        for file in (make_receipt(suite).to_json(), b"{}", FILE.replace(b"grant", b"brant")):
            for check in verify_receipt(file, key(Suite.INTL)).checks:
                assert not check.title.startswith("ledger.")
                assert not check.sentence.startswith("ledger.")
                assert "（" not in check.sentence or "共" in check.sentence


def test_a_key_that_is_none_is_refused():
    with pytest.raises(NoteRefused):
        verify_receipt(FILE, "no key")
