"""Which passwords are good, and how they are kept."""

import time

import pytest

from datahall.organisations import passwords


def fault(password: str, login: str = "zhou.my") -> str | None:
    found = passwords.faults(password, login=login, least=10)
    return found[0].code.removeprefix("organisations.password_") if found else None


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        ("Dabie-Shan-1774", None),
        ("大别山Shan1774a", None),
        ("Ab1-", "short"),
        ("alllowercaseletters", "plain"),
        ("lowercase12345", "plain"),
        ("Zhou.My-2026", "has_login"),
        ("Password123!", "common"),
        ("QWERTY123!", "common"),
    ],
)
def test_rules(password, wrong):
    assert fault(password) == wrong


def test_is_kept_as_argon2id_with_todays_parameters():
    kept = passwords.hash_password("Dabie-Shan-1774")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.matches("Dabie-Shan-1774", kept)
    assert not passwords.matches("Dabie-Shan-1775", kept)
    assert not passwords.is_stale(kept)


@pytest.mark.parametrize("damaged", ["", "x", "$argon2id$v=19$m=65536"])
def test_a_damaged_hash_lets_nobody_in(damaged):
    assert not passwords.matches("Dabie-Shan-1774", damaged)


def test_takes_as_long_when_there_is_no_hash():
    """Ratio in one run: without a hash the same work is done, and the answer is no."""
    kept = passwords.hash_password("Dabie-Shan-1774")
    assert not passwords.matches("anything", None)  # makes the hash to compare with, once

    def seconds(known: str | None) -> float:
        times = []
        for _ in range(5):
            began = time.process_time()
            passwords.matches("wrong", known)
            times.append(time.process_time() - began)
        return min(times)

    assert 0.5 < seconds(None) / seconds(kept) < 2
