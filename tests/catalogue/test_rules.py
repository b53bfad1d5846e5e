"""The rules that the entry form knows are those of the rule library."""

from datahall.catalogue import RULE_TITLES
from datahall.catalogue.vocabulary import RULES_OF_TWO_FIELDS
from datahall.quality import RULES


def test_names_and_titles_are_the_librarys():
    assert {rule.name: rule.title for rule in RULES.values()} == RULE_TITLES


def test_rules_of_two_fields_are_the_librarys():
    assert {rule.name for rule in RULES.values() if rule.takes == "field"} == RULES_OF_TWO_FIELDS
