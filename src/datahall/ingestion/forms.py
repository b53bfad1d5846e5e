"""What a clerk types about a source, and what is wrong with it.  No I/O."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from datahall.ingestion.vocabulary import Kind, Zone
from datahall.kit.errors import Fault

_HOST: Final = re.compile(
    r"/[\w./-]{1,90}|[0-9A-Fa-f:]{2,45}|[\w-]{1,63}(\.[\w-]{1,63}){0,20}", re.ASCII
)
MAX_PORT: Final = 65_535
NAME_LENGTH: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceForm:
    """A source as typed; a blank password keeps the one that is stored."""

    name: str
    kind: Kind
    zone: Zone = Zone.GOVERNMENT
    host: str = ""
    port: str = ""
    database: str = ""
    schema: str = ""
    user: str = ""
    password: str = ""

    def faults(self, *, names_taken: Collection[str], has_secret: bool) -> Iterator[Fault]:
        """What is wrong, beside the field."""
        name = self.name.strip()
        if not name or len(name) > NAME_LENGTH:
            yield Fault("name", "ingestion.name_blank")
        elif name in names_taken:
            yield Fault("name", "ingestion.name_taken", {"name": name})
        if self.kind.is_file:
            return
        if not self.host.strip():
            yield Fault("host", "ingestion.host_blank")
        elif not _HOST.fullmatch(self.host.strip()):
            yield Fault("host", "ingestion.host_malformed", {"host": self.host.strip()[:60]})
        if self.port_number is None:
            detail: dict[str, object] = {
                "kind": self.kind.label,
                "default": self.kind.default_port,
            }
            yield Fault("port", "ingestion.port_malformed", detail)
        if not self.database.strip():
            yield Fault("database", "ingestion.database_blank")
        if not self.user.strip():
            yield Fault("user", "ingestion.user_blank")
        if not self.password and not has_secret:
            yield Fault("password", "ingestion.password_blank")

    @property
    def port_number(self) -> int | None:
        """The port, the kind's own when none was typed, None when it is no port."""
        text = self.port.strip()
        if not text:
            return self.kind.default_port
        if not text.isascii() or not text.isdigit() or len(text) > len(str(MAX_PORT)):
            return None
        return int(text) if 1 <= int(text) <= MAX_PORT else None
