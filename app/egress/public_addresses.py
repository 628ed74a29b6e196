"""Which IP addresses are public: those of the Internet that belong to nobody's own network."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

IpAddress = IPv4Address | IPv6Address

_SPECIAL_IPV4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by carriers; also the metadata service of one cloud
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local, with the metadata services of most clouds
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
            "168.63.129.16/32",  # not special by a standard: the platform service inside one cloud
        ),
    )
)
"""The IANA IPv4 Special-Purpose Address Registry (RFC 6890), multicast (RFC 5771), and one platform service."""

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""The only range from which IPv6 addresses of the Internet are given out (RFC 4291, IANA). Outside of it are loopback,
IPv4-mapped and IPv4-compatible addresses, NAT64 (64:ff9b::/96 and 64:ff9b:1::/48), unique local, link-local, site-local
and multicast addresses."""

_SPECIAL_IPV6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, with Teredo (2001::/32), which contains IPv4 addresses
            "2001:db8::/32",
            "2002::/16",  # 6to4, which contains IPv4 addresses
            "2620:4f:8000::/48",
            "3fff::/20",
        ),
    )
)
"""What the IANA IPv6 Special-Purpose Address Registry (RFC 6890) lists within the global unicast range."""


def is_public(address: IpAddress) -> bool:
    """Whether an address is public."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_IPV4)
    return address in _GLOBAL_UNICAST and not any(address in network for network in _SPECIAL_IPV6)
