"""Numbers with valid check characters, made column by column (号码).

The sums are written by their recursions (ISO 7064) and not by the weights that `quality` checks
with, so that a mistake in one does not hide a mistake in the other.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Texts = npt.NDArray[np.str_]
Ints = npt.NDArray[np.int64]

USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORG_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORG_CHECKS: Final = "0123456789X"
MOBILE_PREFIXES: Final = (
    "130 131 132 133 135 136 137 138 139 150 151 152 153 155 156 157 158 159 "
    "166 173 175 177 178 180 181 182 183 185 186 187 188 189 191 193 198 199"
).split()


def _codes(texts: Texts) -> Ints:
    """One row a text, one column a character, as code points; texts are equally long."""
    width = texts.dtype.itemsize // 4
    return texts.reshape(-1, 1).view(np.uint32).reshape(len(texts), width).astype(np.int64)


def _ranks(texts: Texts, alphabet: str) -> Ints:
    ranks = np.zeros(128, np.int64)
    ranks[[ord(c) for c in alphabet]] = range(len(alphabet))
    return ranks[_codes(texts)]


def _appended(texts: Texts, ranks: Ints, alphabet: str) -> Texts:
    return np.char.add(texts, np.array(list(alphabet))[ranks])


def id_cards(bodies: Texts) -> Texts:
    """17 digits → 18 characters: MOD 11-2, the remainder doubling at each digit."""
    remainder = np.zeros(len(bodies), np.int64)
    for digit in _ranks(bodies, "0123456789").T:
        remainder = (remainder + digit) * 2 % 11
    return _appended(bodies, (12 - remainder) % 11, "0123456789X")


def usccs(bodies: Texts) -> Texts:
    """17 characters → 18: each place is worth three times the one to its left, modulo 31."""
    total = np.zeros(len(bodies), np.int64)
    for rank in _ranks(bodies, USCC_ALPHABET).T[::-1]:
        total = (total * 3 + rank) % 31
    return _appended(bodies, -total % 31, USCC_ALPHABET)


def org_codes(bodies: Texts) -> Texts:
    """8 characters → 9 (组织机构代码, GB 11714)."""
    total = _ranks(bodies, ORG_ALPHABET) @ np.array([3, 7, 9, 10, 5, 8, 4, 2])
    return _appended(bodies, (11 - total % 11) % 11, ORG_CHECKS)


def bank_cards(bodies: Texts) -> Texts:
    """18 digits → 19 by Luhn."""
    digits = _ranks(bodies, "0123456789")
    doubled = digits[:, 1::2] * 2
    total = digits[:, 0::2].sum(axis=1) + (doubled % 10 + doubled // 10).sum(axis=1)
    return _appended(bodies, -total % 10, "0123456789")


def padded(values: Ints, width: int) -> Texts:
    """7 → 007."""
    return np.char.zfill(values.astype(f"U{width}"), width)


def mobiles(rng: np.random.Generator, n: int) -> Texts:
    return np.char.add(
        np.array(MOBILE_PREFIXES)[rng.integers(0, len(MOBILE_PREFIXES), n)],
        padded(rng.integers(0, 10**8, n), 8),
    )


def wrong(rng: np.random.Generator, texts: Texts, alphabet: str = "0123456789") -> Texts:
    """The texts with another last character out of `alphabet`."""
    bodies = texts.astype(f"U{texts.dtype.itemsize // 4 - 1}")
    last = _codes(texts)[:, -1]
    picks = rng.integers(0, len(alphabet) - 1, len(texts))
    letters = np.array([ord(c) for c in alphabet])
    # The one that stands there is stepped over; where it is not in the alphabet any will do.
    standing = np.where(
        np.isin(last, letters), np.searchsorted(np.sort(letters), last), len(letters)
    )
    picks = picks + (picks >= standing)
    return np.char.add(bodies, np.array(sorted(alphabet))[picks])
