import multiprocessing

import pytest

from datahall.kit.crypto import Suite
from datahall.kit.keys import KeyFileExposed, KeyStore


def test_keys_stay_the_same_from_start_to_start(tmp_path):
    first, second = KeyStore(tmp_path / "keys"), KeyStore(tmp_path / "keys")
    sealed = first.vault().seal(b"secret", context="a")
    assert second.vault().open(sealed, context="a") == b"secret"
    assert second.signer("ledger").key_id == first.signer("ledger").key_id
    assert second.signer("ledger").key_id != second.signer("other").key_id


def test_key_files_are_ours_alone(tmp_path):
    keys = KeyStore(tmp_path / "keys")
    keys.vault()
    keys.signer("ledger")
    modes = {p.name: p.stat().st_mode & 0o777 for p in (tmp_path / "keys").iterdir()}
    assert modes == {"vault.key": 0o600, "ledger.pem": 0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_a_key_file_that_others_can_read_is_not_used(tmp_path):
    keys = KeyStore(tmp_path / "keys")
    keys.vault()
    (tmp_path / "keys/vault.key").chmod(0o644)
    with pytest.raises(KeyFileExposed, match="chmod 600"):
        KeyStore(tmp_path / "keys").vault()


def test_signer_is_of_the_suite_that_was_set(tmp_path):
    assert KeyStore(tmp_path / "a", Suite.SM).signer("ledger").suite is Suite.SM
    assert KeyStore(tmp_path / "a").signer("ledger").suite is Suite.SM  # the file decides
    assert KeyStore(tmp_path / "b").signer("ledger").suite is Suite.INTL


def _key_id(folder, start, told):
    start.wait(10)
    told.put(KeyStore(folder).signer("ledger").key_id)


def test_processes_that_start_together_agree_on_the_key(tmp_path):
    context = multiprocessing.get_context("fork")
    start, told = context.Event(), context.Queue()
    starters = [
        context.Process(target=_key_id, args=(tmp_path / "keys", start, told)) for _ in range(6)
    ]
    for process in starters:
        process.start()
    start.set()
    assert len({told.get(timeout=20) for _ in starters}) == 1
    for process in starters:
        process.join(10)
    assert [p.name for p in (tmp_path / "keys").iterdir()] == ["ledger.pem"]
