"""Enumerations whose members carry the word that people read."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """A string enumeration; each member is declared as `NAME = "stored value", "中文"`."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
