"""Where the hall may connect to: the registered host and port, never where secrets live.

A clerk types the host, so the host is hostile (SSRF): names are resolved once, every address is
judged, and the connection goes to the judged address, so a name cannot change in between.
"""

import ipaddress
import socket

from datahall.ingestion.connectors.base import CONNECT_TIMEOUT_S
from datahall.ingestion.errors import AddressRefused, HostUnknown, SourceUnreachable
from datahall.kit.outbound import why_refused
from datahall.kit.settings import settings


def resolve(host: str, port: int) -> str:
    """The one address to connect to.

    Raises:
        HostUnknown, AddressRefused
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise HostUnknown(host=host) from error
    addresses = [str(info[4][0]).partition("%")[0] for info in found]
    for address in addresses:
        reason = why_refused(
            ipaddress.ip_address(address), local=settings().sources_on_this_machine
        )
        if reason:
            raise AddressRefused(host=host, address=address, reason=reason)
    return addresses[0]


def allow_socket(folder: str) -> None:
    """A socket folder is a place on this very machine.

    Raises:
        AddressRefused
    """
    if not settings().sources_on_this_machine:
        raise AddressRefused(host=folder, address=folder, reason="这是大厅服务器自己的地址")


def knock(address: str, host: str, port: int) -> None:
    """Open and close a TCP connection.

    Raises:
        SourceUnreachable
    """
    try:
        socket.create_connection((address, port), timeout=CONNECT_TIMEOUT_S).close()
    except OSError as error:
        raise SourceUnreachable(host=host, port=port) from error
