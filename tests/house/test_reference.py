"""docs/reference says what the code says; `make reference` rewrites it, the diff is reviewed."""

import pytest

from tools.reference import FOLDER, render


@pytest.fixture(scope="module")
def documents() -> dict[str, str]:
    return render()


@pytest.mark.parametrize(
    "name",
    [
        "openapi.json",
        "errors.md",
        "events.md",
        "settings.md",
        "tables.md",
        "permissions.md",
        "commands.md",
    ],
)
def test_document_equals_the_code(documents, name):
    assert (FOLDER / name).read_text(encoding="utf-8") == documents[name]


def test_there_are_no_other_documents(documents):
    assert {p.name for p in FOLDER.iterdir()} == set(documents)
