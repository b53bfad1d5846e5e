"""The sentence that people read for a code, in Chinese (提示语).

Each package keeps its sentences in `messages.toml`: a table of `code = "sentence"`, where
`{name}` is filled from the error's detail.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any


class _Detail(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"（{key}）"


def _flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{name}.")
        else:
            flat[name] = str(value)
    return flat


@cache
def catalogue() -> Mapping[str, str]:
    """Every code with its sentence, from all packages."""
    root = Path(str(resources.files("datahall")))
    sentences: dict[str, str] = {}
    for path in sorted(root.glob("*/messages.toml")):
        sentences |= _flatten(tomllib.loads(path.read_text(encoding="utf-8")))
    return sentences


def sentence(code: str, detail: Mapping[str, object] | None = None) -> str:
    """The sentence of `code`, filled from `detail`; the code itself when it has none."""
    text = catalogue().get(code)
    return code if text is None else text.format_map(_Detail(detail or {}))
