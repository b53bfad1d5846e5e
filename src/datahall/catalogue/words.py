"""How Chinese text becomes words that PostgreSQL can index, and a query becomes conditions.

Text is cut into pairs of neighbouring characters (bigrams), so every word of two or more
characters is found without a dictionary that may lack it.  Titles are also kept as pinyin
initials (`zdshbz`) and as full pinyin, in which homophones (同音错字) are the same letters.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise

import rjieba
from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PINYIN_DICT

HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
RUN = re.compile(rf"[{HAN}]+|[a-z0-9_]+")
CODE = re.compile(r"\d{6}[0-9a-z]*(/\d*)?|[a-z0-9]+[-/.:_][a-z0-9/._:-]*\d[a-z0-9/._:-]*")
LATIN = re.compile(r"[a-z]{2,}")
EMPTY_WORDS = frozenset(
    [
        "的",
        "和",
        "与",
        "及",
        "信息",
        "数据",
        "资源",
        "目录",
        "情况",
        "清单",
        "名单",
        "表",
        "库",
        "接口",
        "查询",
    ]
)
"""Words that nearly every entry has; left out of a query that has others."""
THREE = 3
SHORTEST_MISTYPED = 3  # syllables; of a shorter query too little is left when one is wrong
LAST_POSITION = 16_383  # of a tsvector


def normal(text: str) -> str:
    """Full-width letters become plain ones, capitals small, blanks single."""
    return " ".join(unicodedata.normalize("NFKC", text.replace("\x00", "")).casefold().split())


def grams(text: str) -> Iterator[str]:
    """The index words of `text`: bigrams of Han runs with their last character, Latin words."""
    for run in RUN.findall(normal(text)):
        if run[0].isascii():
            yield run
            yield from (part for part in run.split("_") if part and part != run)
        else:
            yield from (run[i : i + 2] for i in range(len(run)))


def vector(*weighted: tuple[str, Iterable[str]], labels: Iterable[str] = ()) -> str:
    """The tsvector literal of texts by weight, `("A", [title])` first, and of `labels` as they are."""
    parts = [quoted(label) for label in labels]
    position = 1
    for weight, texts in weighted:
        for text in texts:
            for gram in grams(text):
                parts.append(f"'{gram}':{min(position, LAST_POSITION)}{weight}")
                position += 1
            position += 1
    return " ".join(parts)


def quoted(label: str) -> str:
    """A word as tsvector and tsquery literals have it."""
    return "'" + label.replace("\\", "\\\\").replace("'", "''") + "'"


def initials(texts: Iterable[str]) -> str:
    """First letters of each text's pinyin, separated by blanks."""
    return " ".join(_initials(normal(text)) for text in texts)


def pinyin(text: str) -> str:
    """Syllables of `text` without tones, separated by blanks."""
    return " ".join(syllables(normal(text)))


@lru_cache(100_000)
def syllables(text: str) -> tuple[str, ...]:
    """The syllables of a normalised text; what is not Chinese stays as it is."""
    return tuple(part for part in lazy_pinyin(text) if part.strip())


@lru_cache(100_000)
def _initials(text: str) -> str:
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).replace(" ", "")


def pairs(parts: Sequence[str]) -> list[str]:
    """Neighbours among `parts`: a.b, b.c; a single part stays alone."""
    if len(parts) == 1:
        return [parts[0]]
    return [f"{one}.{other}" for one, other in pairwise(parts)]


def threes(letters: str) -> list[str]:
    """Neighbours of three, and the last two: abcd → abc, bcd, cd."""
    return [letters[i : i + 3] for i in range(len(letters) - 1)]


def labels(*, titles: Sequence[str], codes: Iterable[str]) -> Iterator[str]:
    """Words of an entry besides those of its texts; a mark in front says what they are.

    `^` stands in the title, `~` sounds in the title (pairs of syllables), `@` are
    threes of initials of the title and the fields, `#` is a code.
    """
    title = titles[0]
    yield from dict.fromkeys(f"^{gram}" for gram in grams(title))
    spoken = syllables(normal(title))
    yield from dict.fromkeys(f"~{pair}" for pair in [*pairs(spoken), *spoken] if pair)
    letters = (_initials(normal(text)) for text in titles)
    yield from dict.fromkeys(f"@{piece}" for word in letters for piece in threes(word))
    yield from (f"#{code.casefold()}" for code in codes if code)


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody typed, understood (检索词)."""

    text: str  # as normalised
    words: tuple[str, ...]  # what every hit must have, synonyms aside
    synonyms: tuple[str, ...]  # what was added
    tsquery: str  # empty when there is nothing to look for
    in_title: str  # the same, asked of the title alone
    code: str | None  # a code or its beginning
    latin: str | None  # pinyin or initials

    @property
    def marks(self) -> tuple[str, ...]:
        """The words to mark in a hit's text, longest first."""
        return tuple(sorted({*self.words, *self.synonyms}, key=lambda w: (-len(w), w)))


def parse(text: str, *, expand: bool = True) -> Query:
    """Understand a query; `expand=False` searches for the typed words only (只按原词搜)."""
    plain = normal(text)
    words = _words(plain)
    added: list[str] = []
    choices: list[tuple[str, ...]] = []
    for word in words:
        others = [s for s in synonyms().get(word, ()) if expand and s not in words]
        added += [s for s in others if s not in added]
        choices.append((word, *others))
    return Query(
        text=plain,
        words=words,
        synonyms=tuple(added),
        tsquery=_all_of(choices),
        in_title=_all_of(choices, mark="^"),
        code=plain if CODE.fullmatch(plain) else None,
        latin=plain.replace(" ", "") if LATIN.fullmatch(plain.replace(" ", "")) else None,
    )


def _words(plain: str) -> tuple[str, ...]:
    """The words of a query; a whole term that has synonyms is not cut."""
    found: list[str] = []
    for term in plain.split():
        cut = [term] if term in synonyms() else [w for w in rjieba.cut(term) if RUN.fullmatch(w)]
        found += cut
    telling = [w for w in found if w not in EMPTY_WORDS]
    return tuple(dict.fromkeys(telling or found))


def _all_of(choices: Sequence[Sequence[str]], mark: str = "") -> str:
    """A tsquery that asks for one of each group of choices."""
    return " & ".join(
        "(" + " | ".join(_condition(choice, mark) for choice in group) + ")" for group in choices
    )


def _condition(word: str, mark: str) -> str:
    """A tsquery that asks for all bigrams of `word`; a single character asks for words in it."""
    pieces = [g for run in RUN.findall(word) for g in _asked(run, mark)]
    return "(" + " & ".join(pieces) + ")"


def _asked(run: str, mark: str) -> Sequence[str]:
    if run[0].isascii() or len(run) == 1:
        return [f"'{mark}{run}':*"]
    return [f"'{mark}{run[i : i + 2]}'" for i in range(len(run) - 1)]


def spelt(latin: str) -> str:
    """A tsquery for titles that sound as `latin` spells; empty when it spells no syllables."""
    parts = _cut_syllables(latin)
    if not parts:
        return ""
    *whole, last = parts
    if last in known_syllables():
        return " & ".join(quoted(f"~{pair}") for pair in pairs(parts))
    asked = [quoted(f"~{pair}") for pair in pairs(whole)] if len(whole) > 1 else []
    end = f"~{whole[-1]}.{last}" if whole else f"~{last}"
    return " & ".join([*asked, f"{quoted(end)}:*"])


def _cut_syllables(latin: str) -> list[str]:
    """zuidishenghuo → zui di sheng huo; the last may be a beginning; empty when it is no pinyin."""
    rest = latin
    found: list[str] = []
    while rest:
        whole = next((rest[:n] for n in range(6, 0, -1) if rest[:n] in known_syllables()), None)
        if whole is None:
            begins = any(syllable.startswith(rest) for syllable in known_syllables())
            return [*found, rest] if begins and found else []
        found.append(whole)
        rest = rest[len(whole) :]
    return found


@cache
def known_syllables() -> frozenset[str]:
    """Every syllable of Mandarin without its tone."""
    return frozenset(part for spelling in PINYIN_DICT.values() for part in _toneless(spelling))


def _toneless(spelling: str) -> Iterator[str]:
    """The plain letters of a dictionary's readings, `dī,dǐ` → di."""
    for reading in spelling.split(","):
        plain = unicodedata.normalize("NFKD", reading)
        letters = "".join(c for c in plain if c.isascii() and c.isalpha())
        if len(letters) > 1 or letters in {"a", "e", "o"}:
            yield letters


def abbreviated(latin: str) -> str:
    """A tsquery for entries with the initials `latin`: each three neighbours of them."""
    if len(latin) <= THREE:
        return f"{quoted(f'@{latin}')}:*"
    return " & ".join(quoted(f"@{piece}") for piece in threes(latin)[:-1])


def heard(text: str) -> list[str]:
    """The syllables of a query, be it typed in Chinese or in letters."""
    plain = normal(text)
    if LATIN.fullmatch(plain.replace(" ", "")):
        return _cut_syllables(plain.replace(" ", ""))
    return [part for part in syllables(plain) if part.isascii() and part.isalpha()]


def mistyped(text: str) -> list[str]:
    """Tsqueries for titles that sound as `text`, then but for one place; none for a short text.

    Neighbouring syllables must be the same except around one character (two in a longer text),
    which may be wrong, missing, doubled or exchanged with the next one.
    """
    spoken = heard(text)
    if len(spoken) < SHORTEST_MISTYPED:
        return []
    wide = 2 if len(spoken) > SHORTEST_MISTYPED + 1 else 1
    ways = []
    for place in range(len(spoken) - wide + 1):
        before, after = spoken[:place], spoken[place + wide :]
        kept = [pair for side in (before, after) if len(side) > 1 for pair in pairs(side)]
        if kept:
            ways.append(" & ".join(quoted(f"~{pair}") for pair in kept))
    exact = " & ".join(quoted(f"~{pair}") for pair in pairs(spoken))
    return [exact, " | ".join(f"({way})" for way in dict.fromkeys(ways))] if ways else [exact]


@cache
def synonyms() -> Mapping[str, tuple[str, ...]]:
    """Word → words of the same meaning (同义词)."""
    text = resources.files("datahall.catalogue").joinpath("synonyms.toml").read_text("utf-8")
    groups: list[list[str]] = tomllib.loads(text)["groups"]
    found: dict[str, list[str]] = {}
    for group in groups:
        for word in group:
            others = found.setdefault(word, [])
            others += [other for other in group if other != word and other not in others]
    return {word: tuple(others) for word, others in found.items()}


def marked(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """`text` in pieces, each with whether it is one of `words`; for highlighting hits."""
    telling = [w for w in words if w]
    if not telling:
        return [(text, False)]
    pattern = re.compile("(" + "|".join(re.escape(w) for w in telling) + ")", re.IGNORECASE)
    pieces = pattern.split(text)
    return [(piece, index % 2 == 1) for index, piece in enumerate(pieces) if piece]
