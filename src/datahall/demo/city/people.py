"""The residents of the city in households: ages, sexes, names and numbers agree (常住人口)."""

from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from datahall.demo.city import names, numbers
from datahall.demo.city.places import Places

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.str_]
Days = npt.NDArray[np.datetime64]

SIZES: Final = (0.20, 0.27, 0.26, 0.17, 0.10)  # households of one to five
HEAD, SPOUSE, CHILD, PARENT = range(4)
RELATIONS: Final = np.array(["户主", "配偶", "子女", "父母"])
ETHNIC_CODES: Final = ("01", "03", "11", "15", "06", "08")
ETHNIC_SHARES: Final = (0.985, 0.009, 0.002, 0.002, 0.001, 0.001)
SINGLE, MARRIED, WIDOWED, DIVORCED = "10", "20", "30", "40"  # GB/T 2261.2
MARRIED_FROM: Final = 22
OLD: Final = 60
PHONE_FROM: Final = 15

RENAMED: Final = 1999  # the prefecture became a city, and its counties got new codes
YEJI_SINCE: Final = 2015  # 叶集 was a part of 霍邱
FORMER_CODES: Final = {
    "341502": "342401", "341503": "342401", "341504": "342423", "341522": "342423",
    "341523": "342425", "341524": "342426", "341525": "342427",
}  # fmt: skip
ELSEWHERE: Final = ("340123", "340822", "341226")  # 肥西、怀宁、颍上: whom people here marry
ELSEWHERE_SHARE: Final = 0.08
ELSEWHERE_FROM: Final = 2000  # since then the three codes have not changed


def people(rng: np.random.Generator, n: int, today: date) -> pl.DataFrame:
    """`n` residents without faults, households together; the columns are PERSONS' in tables.py."""
    places = Places.of_the_city()
    sizes = rng.choice(np.arange(1, 6), n, p=SIZES)
    sizes = sizes[: np.searchsorted(sizes.cumsum(), n) + 1]
    home = np.repeat(np.arange(len(sizes)), sizes)[:n]
    role = _roles(np.arange(n) - np.repeat(sizes.cumsum() - sizes, sizes)[:n])
    age = _ages(rng, home, role, len(sizes))
    head_is_man = (rng.random(len(sizes)) < 0.72)[home]
    man = np.select(
        [role == HEAD, role == SPOUSE], [head_is_man, ~head_is_man], rng.random(n) < 0.51
    )
    days_old = (age * 365.25).astype(np.int64) + rng.integers(1, 366, n)
    born: Days = np.datetime64(today, "D") - days_old
    years = born.astype("datetime64[Y]").astype(np.int64) + 1970

    at = places.pick(rng, len(sizes))
    county = places.counties(at)[home]
    moved = rng.random(n) < 0.35  # the others are registered where they were born
    waited = np.where(moved, rng.random(n) * days_old, rng.integers(0, 60, n))
    registered = born + np.minimum(waited.astype(np.int64), days_old - 1)
    return pl.DataFrame(
        {
            "gmsfhm": _id_cards(rng, county, role, born, years, man),
            "xm": np.char.add(
                _surnames(rng, home, role, man, head_is_man), names.given_names(rng, years, man)
            ),
            "xb": np.where(man, "1", "2"),
            "mz": rng.choice(ETHNIC_CODES, len(sizes), p=ETHNIC_SHARES)[home],
            "csrq": born,
            "hyzk": _marriage(rng, age, role, sizes[home]),
            "hjdz": places.addresses(rng, at)[home],
            "ssxq": county,
            "xzjd": places.town[at][home],
            "hh": np.char.add(county, numbers.padded(home.astype(np.int64), 8)),
            "yhzgx": RELATIONS[role],
            "lxdh": numbers.mobiles(rng, n),
            "djrq": registered,
            "gxsj": changed_at(rng, registered, today),
        }
    ).with_columns(lxdh=pl.when(pl.Series(age >= PHONE_FROM)).then("lxdh"))


def changed_at(rng: np.random.Generator, since: Days, today: date) -> Days:
    """When rows were last changed: in office hours of the last three years, not before `since`."""
    n = len(since)
    day = np.datetime64(today - timedelta(days=1)) - rng.integers(0, 1095, n)
    clock = rng.integers(8 * 3600, 18 * 3600, n).astype("timedelta64[s]")
    changed: Days = np.maximum(day, since).astype("datetime64[us]") + clock
    return changed


def _roles(place_in_home: Ints) -> Ints:
    return np.select(
        [place_in_home == 0, place_in_home == 1, place_in_home == 4], [HEAD, SPOUSE, PARENT], CHILD
    )


def _ages(rng: np.random.Generator, home: Ints, role: Ints, homes: int) -> npt.NDArray[np.float64]:
    """Couples are close in age, children and parents a generation away."""
    n = len(home)
    head = np.clip(rng.normal(51, 15, homes), 20, 92)[home]
    return np.select(
        [role == HEAD, role == SPOUSE, role == PARENT],
        [
            head,
            np.clip(head + rng.normal(-1.5, 2.5, n), 20, 95),
            np.clip(head + rng.uniform(21, 30, n), 42, 99),
        ],
        np.maximum(head - rng.uniform(22, 34, n), rng.uniform(0, 6, n)),
    )


def _surnames(
    rng: np.random.Generator, home: Ints, role: Ints, man: Bools, head_is_man: Bools
) -> Texts:
    """Children have their father's, and so have heads and their fathers one another's."""
    own = names.surnames(rng, len(home))
    of_head, of_spouse = (np.full(home[-1] + 1, "", own.dtype) for _ in range(2))
    of_head[home[role == HEAD]] = own[role == HEAD]
    of_spouse[home[role == SPOUSE]] = own[role == SPOUSE]
    fathers = np.where(head_is_man | (of_spouse[home] == ""), of_head[home], of_spouse[home])
    inherited = (role == CHILD) | ((role == PARENT) & man)
    return np.where(inherited, np.where(role == CHILD, fathers, of_head[home]), own)


def _marriage(
    rng: np.random.Generator, age: npt.NDArray[np.float64], role: Ints, size: Ints
) -> Texts:
    n = len(age)
    later = rng.choice([WIDOWED, MARRIED, DIVORCED], n, p=[0.6, 0.3, 0.1])
    earlier = rng.choice([SINGLE, MARRIED, DIVORCED], n, p=[0.5, 0.35, 0.15])
    couple = (role == SPOUSE) | ((role == HEAD) & (size > 1))
    return np.select([age < MARRIED_FROM, couple, age > OLD], [SINGLE, MARRIED, later], earlier)


def _id_cards(
    rng: np.random.Generator, county: Texts, role: Ints, born: Days, years: Ints, man: Bools
) -> Texts:
    """A number of one's own: place and day of birth, order within both, odd for men."""
    known = np.array(sorted(FORMER_CODES))
    former = np.array([FORMER_CODES[c] for c in known])[np.searchsorted(known, county)]
    code = np.where(years < RENAMED, former, county)
    code = np.where((code == "341504") & (years < YEJI_SINCE), "341522", code)
    elsewhere = (
        (role == SPOUSE) & (years >= ELSEWHERE_FROM) & (rng.random(len(code)) < ELSEWHERE_SHARE)
    )
    code = np.where(elsewhere, rng.choice(ELSEWHERE, len(code)), code)
    prefix = np.char.add(code, np.char.replace(born.astype("U10"), "-", ""))
    order = (
        pl.DataFrame({"prefix": prefix, "man": man})
        .select(pl.int_range(pl.len()).over("prefix", "man"))
        .to_series()
        .to_numpy()
    )
    first = (code.astype(np.int64) * 31 + born.astype(np.int64) * 17) % 300
    return numbers.id_cards(np.char.add(prefix, numbers.padded((first + order) * 2 + man, 3)))
