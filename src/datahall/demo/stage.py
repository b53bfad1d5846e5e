"""Where the story plays, and what it has come to (演示现场)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from datahall.catalogue import CatalogueItem
from datahall.client import Answer, CallRefused, Client
from datahall.demo.city import City
from datahall.demo.departments import Departments
from datahall.ingestion import Source
from datahall.kit.clock import local_date, utc_now
from datahall.kit.errors import DomainError, Invalid
from datahall.kit.uow import Units
from datahall.supply_demand import Grant

SCOPE: Final = "341502"  # 金安区: the rows that the application asks for
ELSEWHERE: Final = "341503"  # 裕安区
QUOTA: Final = 3  # calls a day of the second grant, so that one more is over it

Figures = dict[str, Any]


class StepFailed(AssertionError):
    """A step of the story did not hold."""


def hold(condition: object, sentence: str) -> None:
    """Stop the story unless `condition`."""
    if not condition:
        raise StepFailed(sentence)


@dataclass(frozen=True, slots=True)
class Access:
    """A grant with the secret of its credential, as the consumer's developer holds them."""

    grant: Grant
    secret: str


@dataclass(slots=True, kw_only=True)
class Stage:
    """Where the story plays, and what it has come to."""

    units: Units
    departments: Departments
    city: City
    gateway: str
    home: Path
    worker: Callable[[], int | None]  # process id of the hall's worker
    say: Callable[[str], None]
    today: date = field(default_factory=lambda: local_date(utc_now()))
    sources: dict[str, Source] = field(default_factory=dict)
    items: dict[str, CatalogueItem] = field(default_factory=dict)
    access: Access | None = None
    small: Access | None = None
    last_answer: Answer | None = None

    @property
    def persons(self) -> CatalogueItem:
        return self.items["persons"]

    @property
    def held(self) -> Access:
        if self.access is None:
            raise StepFailed("还没有授权。")
        return self.access

    def client(self, access: Access | None = None) -> Client:
        """The application system of 市人社局 with one of its credentials."""
        used = access or self.held
        return Client(self.gateway, used.grant.app_id, used.secret, str(used.grant.id))

    def someone(self, area: str, nth: int = 0) -> dict[str, Any]:
        """A clean row of the population source in the area."""
        bad = self.city.manifests["persons"]
        frame = self.city.persons
        rows = frame.filter(frame["ssxq"] == area).head(200).to_dicts()
        return [row for row in rows if row["gmsfhm"] not in bad][nth]


@contextmanager
def refused(*codes: str, field: str | None = None) -> Iterator[None]:
    """The block is refused with one of these codes, beside `field` if it is named."""
    try:
        yield
    except Invalid as error:
        found = {(f.code, f.field) for f in error.faults}
        hold(
            any(
                code in codes and (field is None or path.startswith(field)) for code, path in found
            ),
            f"应当因 {codes} 被拒绝，实际是 {found}。",
        )
    except DomainError as error:
        hold(error.code in codes, f"应当因 {codes} 被拒绝，实际是 {error.code}。")
    except CallRefused as error:
        hold(error.code in codes, f"应当因 {codes} 被拒绝，实际是 {error.code}。")
    else:
        raise StepFailed(f"应当因 {codes} 被拒绝，却办成了。")
