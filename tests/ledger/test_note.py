from base64 import b64encode
from datetime import UTC, datetime

import pytest

from datahall.kit.crypto import Suite, new_signer
from datahall.ledger.checkpoint import Checkpoint
from datahall.ledger.note import (
    NoteRefused,
    VerifierKey,
    cosign,
    open_note,
    sign,
    split,
    witnessed_at,
)

SUITES = pytest.mark.parametrize("suite", list(Suite))
AT = datetime(2026, 10, 16, 4, tzinfo=UTC)

# The example of golang.org/x/mod/sumdb/note.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SAYING = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
SAID = (
    f"{SAYING}\n\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


class TestVectors:
    def test_note_signed_by_go_is_opened(self):
        assert open_note(SAID, VerifierKey.parse(NEUMANN)) == SAYING

    def test_key_is_written_as_go_writes_it(self):
        assert str(VerifierKey.parse(NEUMANN)) == NEUMANN

    def test_key_of_the_go_checksum_database_is_read(self):
        sum_golang_org = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
        assert VerifierKey.parse(sum_golang_org).name == "sum.golang.org"


@SUITES
class TestSign:
    def test_signer_and_published_key_belong_together(self, suite):
        signer = new_signer(suite)
        key = VerifierKey.parse(str(VerifierKey.of("datahall/341500", signer)))
        assert key.suite is suite
        assert open_note(sign("text\n", "datahall/341500", signer), key) == "text\n"

    def test_no_changed_byte_of_a_note_is_accepted(self, suite):
        signer = new_signer(suite)
        key = VerifierKey.of("datahall/341500", signer)
        note = sign("datahall/341500\n3\nAAAA\n", "datahall/341500", signer).encode()
        for place in range(len(note)):
            for flip in (0x01, 0x20, 0x80):
                changed = bytearray(note)
                changed[place] ^= flip
                with pytest.raises(NoteRefused):
                    open_note(changed.decode(errors="replace"), key)

    def test_another_key_under_the_same_name_is_not_ours(self, suite):
        note = sign("text\n", "datahall/341500", new_signer(suite))
        with pytest.raises(NoteRefused):
            open_note(note, VerifierKey.of("datahall/341500", new_signer(suite)))


@SUITES
class TestCosign:
    def test_witness_states_when_it_saw_the_log(self, suite):
        log, witness = new_signer(suite), new_signer(suite)
        note = sign("text\n", "datahall/341500", log)
        seen = note + cosign(note, "audit.341500", witness, AT)
        key = VerifierKey.parse(str(VerifierKey.of("audit.341500", witness, cosigns=True)))

        assert witnessed_at(seen, key) == AT
        assert open_note(seen, VerifierKey.of("datahall/341500", log)) == "text\n"
        assert witnessed_at(note, key) is None

    def test_a_statement_about_another_text_or_time_does_not_count(self, suite):
        log, witness = new_signer(suite), new_signer(suite)
        key = VerifierKey.of("audit.341500", witness, cosigns=True)
        note, other = (sign(text, "datahall/341500", log) for text in ("text\n", "other\n"))
        line = cosign(note, "audit.341500", witness, AT)
        assert witnessed_at(other + line, key) is None

        _, [(name, id, signature)] = split(f"text\n\n{line}")
        later = id + b"\x01" + signature[1:]
        forged = f"\u2014 {name} {b64encode(later).decode()}\n"
        assert witnessed_at(note + forged, key) is None


@pytest.mark.parametrize(
    "key", ["", "name", "name+00000000+AQ==", NEUMANN.replace("c74f", "c74e"), NEUMANN[:-1], "a b" + NEUMANN]
)  # fmt: skip
def test_what_is_no_key_is_refused(key):
    with pytest.raises(NoteRefused):
        VerifierKey.parse(key)


@pytest.mark.parametrize(
    "note", ["", "text", "text\n", "text\n\n", "text\n\nno dash\n", "text\n\n\u2014 name\n", "text\n\n\u2014 name AAAA\n", SAID[:-1], SAID + "\n", SAID.replace(" x08", "\t x08")]
)  # fmt: skip
def test_what_is_no_note_is_refused(note):
    with pytest.raises(NoteRefused):
        open_note(note, VerifierKey.parse(NEUMANN))


class TestCheckpoint:
    def test_reads_what_it_writes(self):
        made = Checkpoint("datahall/341500", 3, bytes(32))
        assert made.text == "datahall/341500\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        assert Checkpoint.parse(made.text) == made

    @pytest.mark.parametrize(
        "text",
        [
            "datahall/341500\n03\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
            "datahall/341500\n-3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
            "datahall/341500\n٣\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
            "datahall/341500\n3\nAAAA\n",
            "datahall/341500\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nmore\n",
            "datahall/341500\n3\n",
        ],
    )
    def test_what_is_no_checkpoint_is_refused(self, text):
        with pytest.raises(NoteRefused):
            Checkpoint.parse(text)

    def test_a_log_signs_for_itself_only(self):
        signer = new_signer(Suite.INTL)
        stolen = sign(Checkpoint("datahall/341200", 3, bytes(32)).text, "datahall/341500", signer)
        with pytest.raises(NoteRefused):
            Checkpoint.open(stolen, VerifierKey.of("datahall/341500", signer))
