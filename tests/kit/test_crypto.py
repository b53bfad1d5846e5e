from hashlib import sha256

import gmssl_pyx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall.kit import sm2
from datahall.kit.crypto import (
    CannotOpen,
    Suite,
    Vault,
    hash_,
    hmac_,
    new_signer,
    signer_from_pem,
    verify,
)

SUITES = pytest.mark.parametrize("suite", list(Suite))


class TestHash:
    def test_sm3_of_the_standard(self):
        """GM/T 0004, example 1."""
        assert hash_(Suite.SM, b"abc").hex() == (
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        )

    def test_sha256(self):
        assert hash_(Suite.INTL, b"abc") == sha256(b"abc").digest()

    def test_hmac_sha256_of_rfc_4231(self):
        assert hmac_(Suite.INTL, b"Jefe", b"what do ya want for nothing?").hex() == (
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        )

    @given(st.binary(max_size=200), st.binary(min_size=16, max_size=80))
    def test_sm3_as_another_library_has_it(self, data, key):
        assert hash_(Suite.SM, data) == gmssl_pyx.sm3_hash(data)
        assert hmac_(Suite.SM, key, data) == gmssl_pyx.sm3_hmac(key, data)


class TestSign:
    @SUITES
    def test_only_the_signed_text_by_the_signer_verifies(self, suite):
        signer, stranger = new_signer(suite), new_signer(suite)
        signature = signer.sign(b"text")
        assert verify(suite, signer.public_key, signature, b"text")
        assert not verify(suite, signer.public_key, signature, b"texts")
        assert not verify(suite, stranger.public_key, signature, b"text")

    @SUITES
    def test_no_changed_byte_of_a_signature_verifies(self, suite):
        signer = new_signer(suite)
        signature = signer.sign(b"text")
        for position in range(len(signature)):
            changed = bytearray(signature)
            changed[position] ^= 1
            assert not verify(suite, signer.public_key, bytes(changed), b"text")

    @SUITES
    @pytest.mark.parametrize("key", [b"", b"\x04" * 65, b"\xff" * 32, b"x"])
    def test_what_is_no_key_verifies_nothing(self, suite, key):
        assert not verify(suite, key, b"\x00" * 64, b"text")

    @SUITES
    def test_key_file_gives_the_same_signer(self, suite):
        signer = new_signer(suite)
        again = signer_from_pem(signer.to_pem())
        assert again.key_id == signer.key_id
        assert verify(suite, signer.public_key, again.sign(b"text"), b"text")

    @pytest.mark.parametrize(
        "pem",
        ["", "ledger", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"],
    )
    def test_what_is_no_key_file_is_refused(self, pem):
        with pytest.raises(ValueError, match=r".+"):
            signer_from_pem(pem)


class TestSm2AgainstGmssl:
    """OpenSSL through ctypes on one side, GmSSL's own implementation on the other."""

    def test_ours_verifies_there(self):
        private = sm2.generate()
        point = sm2.public_key(private)[1:]
        signature = sm2.sign(private, b"text")
        assert gmssl_pyx.sm2_verify(point, b"text", signature)
        assert not gmssl_pyx.sm2_verify(point, b"texts", signature)

    def test_theirs_verifies_here(self):
        point, private = gmssl_pyx.sm2_key_generate()
        signature = gmssl_pyx.sm2_sign(private, point, b"text")
        assert sm2.verify(b"\x04" + point, signature, b"text")
        assert not sm2.verify(b"\x04" + point, signature, b"texts")


class TestVault:
    @SUITES
    @given(plain=st.binary(max_size=300), context=st.text(max_size=40))
    def test_opens_what_it_sealed(self, suite, plain, context):
        vault = Vault(bytes(32), suite)
        assert vault.open(vault.seal(plain, context=context), context=context) == plain

    @SUITES
    def test_opens_what_the_other_suite_sealed(self, suite):
        sealed = Vault(bytes(32), suite).seal(b"secret", context="a")
        for other in Suite:
            assert Vault(bytes(32), other).open(sealed, context="a") == b"secret"

    @SUITES
    def test_refuses_every_changed_byte(self, suite):
        vault = Vault(bytes(32), suite)
        sealed = vault.seal(b"secret", context="a")
        for position in range(len(sealed)):
            changed = bytearray(sealed)
            changed[position] ^= 0x40
            with pytest.raises(CannotOpen):
                vault.open(bytes(changed), context="a")

    @SUITES
    def test_refuses_another_place_another_key_and_a_stump(self, suite):
        vault = Vault(bytes(32), suite)
        sealed = vault.seal(b"secret", context="sources.secret:1")
        with pytest.raises(CannotOpen):
            vault.open(sealed, context="sources.secret:2")
        with pytest.raises(CannotOpen):
            Vault(bytes(31) + b"x", suite).open(sealed, context="sources.secret:1")
        with pytest.raises(CannotOpen):
            vault.open(sealed[:20], context="sources.secret:1")

    @SUITES
    def test_never_seals_the_same_way_twice(self, suite):
        vault = Vault(bytes(32), suite)
        assert vault.seal(b"secret", context="a") != vault.seal(b"secret", context="a")

    def test_says_nothing_of_its_key_when_printed(self):
        assert "AAAA" not in repr(Vault(b"A" * 32))
