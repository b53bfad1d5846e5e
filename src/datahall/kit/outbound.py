"""Going out to an address that somebody typed: judged first, then connected to as judged (SSRF).

A clerk types the host, so the host is hostile: names are resolved once, every address is judged,
and the connection goes to the judged address, so a name cannot change in between.  Redirects are
not followed.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from datahall.kit.settings import settings

METADATA: Final = frozenset(
    ipaddress.ip_address(a)
    for a in ("169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")
)
"""Where clouds hand out machine credentials (AWS and most others, Aliyun, Oracle, AWS by IPv6)."""
PORTS: Final = {"http": 80, "https": 443}
MOST_BYTES: Final = 64 * 1024

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutboundFailed(Exception):
    """The address was refused, or nobody answered there; `why` is a word for the reason."""

    def __init__(self, why: str, *, reason: str = "") -> None:
        self.why = why  # malformed, unknown, refused, not_listed, timeout, tls, unreachable
        self.reason = reason
        super().__init__(f"{why} {reason}".strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; of the body at most `MOST_BYTES`."""

    status: int
    content_type: str
    body: bytes
    took_ms: int


def why_refused(address: Address, *, local: bool) -> str | None:
    """The reason why nobody may connect to `address`, or None."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address in METADATA:
        return "这是云主机的元数据地址"
    if address.is_link_local:
        return "这是链路本地地址"
    if address.is_loopback:
        return None if local else "这是大厅服务器自己的地址"
    if address.is_unspecified or address.is_multicast or address.is_reserved:
        return "这不是一台主机的地址"
    return None


def checked(url: str) -> SplitResult:
    """The parts of an address that may be asked at all.

    Raises:
        OutboundFailed: malformed.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise OutboundFailed("malformed") from None
    plain = url.isascii() and url.isprintable() and " " not in url
    if not plain or parts.scheme not in PORTS or not parts.hostname or parts.username or port == 0:
        raise OutboundFailed("malformed")
    return parts


def resolve(host: str, port: int) -> str:
    """The one address to connect to.

    Raises:
        OutboundFailed: unknown, refused, not_listed.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise OutboundFailed("unknown", reason=host) from None
    addresses = [str(info[4][0]).partition("%")[0] for info in found]
    for text in addresses:
        address = ipaddress.ip_address(text)
        if reason := why_refused(address, local=settings().sources_on_this_machine):
            raise OutboundFailed("refused", reason=reason)
        if not _listed(host, address):
            raise OutboundFailed("not_listed", reason=host)
    return addresses[0]


def _listed(host: str, address: Address) -> bool:
    """Whether the operator's list, if there is one, has the host or its network."""
    allowed = settings().outbound_hosts
    if not allowed:
        return True
    for entry in allowed:
        try:
            if address in ipaddress.ip_network(entry, strict=False):
                return True
        except ValueError:
            if host == entry or (entry.startswith(".") and host.endswith(entry)):
                return True
    return False


def get(url: str, *, timeout_s: float) -> Answer:
    """Ask once, for at most `timeout_s` seconds in all.

    Raises:
        OutboundFailed
    """
    parts = checked(url)
    host, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
    address = resolve(host, port)
    began = time.monotonic()
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    late = threading.Event()
    try:
        sock = socket.create_connection((address, port), timeout=timeout_s)
        watch = threading.Timer(timeout_s, _cut, [sock, late])
        watch.start()
        try:
            if parts.scheme == "https":
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
            connection.sock = sock
            connection.request("GET", path, headers={"Accept": "*/*", "User-Agent": "DataHall"})
            answer = connection.getresponse()
            body = answer.read(MOST_BYTES)
            if late.is_set():  # a cut conversation without a length looks complete
                raise TimeoutError
        finally:
            watch.cancel()
    except TimeoutError:
        raise OutboundFailed("timeout") from None
    except ssl.SSLError as error:
        raise OutboundFailed("timeout" if late.is_set() else "tls", reason=error.reason) from None
    except (OSError, http.client.HTTPException, AttributeError) as error:
        why = "timeout" if late.is_set() else "unreachable"
        raise OutboundFailed(why, reason=type(error).__name__) from None
    finally:
        connection.close()
    return Answer(
        status=answer.status,
        content_type=answer.headers.get("Content-Type", ""),
        body=body,
        took_ms=round((time.monotonic() - began) * 1000),
    )


def _cut(sock: socket.socket, late: threading.Event) -> None:
    """End a conversation that drips on for ever."""
    late.set()
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
