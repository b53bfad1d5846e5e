from ipaddress import ip_address

import pytest

from datahall.ingestion.connectors.addresses import why_refused


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "100.100.100.200",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "169.254.1.1",
        "fe80::1",
        "0.0.0.0",  # noqa: S104 - refused, not bound
        "::",
        "224.0.0.1",
        "255.255.255.255",
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "::ffff:127.0.0.1",
    ],
)
def test_is_refused(address):
    assert why_refused(ip_address(address), local=False)


@pytest.mark.parametrize("address", ["10.34.1.20", "172.16.0.9", "192.168.1.1", "59.203.1.1"])
def test_is_a_department(address):
    assert why_refused(ip_address(address), local=False) is None


def test_this_machine_is_allowed_only_by_setting():
    assert why_refused(ip_address("127.0.0.1"), local=True) is None
    assert why_refused(ip_address("169.254.169.254"), local=True)
