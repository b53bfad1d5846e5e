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
from functools import cache
from importlib import resources

import rjieba
from pypinyin import Style, lazy_pinyin

HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
RUN = re.compile(rf"[{HAN}]+|[a-z0-9_]+")
CODE = re.compile(r"\d{6}[0-9a-z]*(/\d*)?")
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
LAST_POSITION = 16_383  # of a tsvector


def normal(text: str) -> str:
    """Full-width letters become plain ones, capitals small, blanks single."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def grams(text: str) -> Iterator[str]:
    """The index words of `text`: bigrams of Han runs with their last character, Latin words."""
    for run in RUN.findall(normal(text)):
        if run[0].isascii():
            yield run
            yield from (part for part in run.split("_") if part and part != run)
        else:
            yield from (run[i : i + 2] for i in range(len(run)))


def vector(*weighted: tuple[str, Iterable[str]]) -> str:
    """The tsvector literal of texts by weight, `("A", [title])` first."""
    parts: list[str] = []
    position = 1
    for weight, texts in weighted:
        for text in texts:
            for gram in grams(text):
                parts.append(f"'{gram}':{min(position, LAST_POSITION)}{weight}")
                position += 1
            position += 1
    return " ".join(parts)


def initials(texts: Iterable[str]) -> str:
    """First letters of each text's pinyin, separated by blanks."""
    return " ".join(
        "".join(lazy_pinyin(normal(text), style=Style.FIRST_LETTER)).replace(" ", "")
        for text in texts
    )


def pinyin(text: str) -> str:
    """Syllables of `text` without tones, separated by blanks."""
    return " ".join(lazy_pinyin(normal(text)))


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody typed, understood (检索词)."""

    text: str  # as normalised
    words: tuple[str, ...]  # what every hit must have, synonyms aside
    synonyms: tuple[str, ...]  # what was added
    tsquery: str  # empty when there is nothing to look for
    code: str | None  # a resource code or its beginning
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
    conditions: list[str] = []
    for word in words:
        others = [s for s in synonyms().get(word, ()) if expand and s not in words]
        added += [s for s in others if s not in added]
        conditions.append(" | ".join(_condition(choice) for choice in (word, *others)))
    return Query(
        text=plain,
        words=words,
        synonyms=tuple(added),
        tsquery=" & ".join(f"({c})" for c in conditions),
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


def _condition(word: str) -> str:
    """A tsquery that asks for all bigrams of `word`; a single character asks for words in it."""
    pieces = [g for run in RUN.findall(word) for g in _asked(run)]
    return "(" + " & ".join(pieces) + ")"


def _asked(run: str) -> Sequence[str]:
    if run[0].isascii() or len(run) == 1:
        return [f"'{run}':*"]
    return [f"'{run[i : i + 2]}'" for i in range(len(run) - 1)]


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
