"""A session is described by names from our own lists, and by a network instead of an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.identity.client_description import browser_and_system, network_of

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
AGENTS = {
    CHROME: "Chrome on Windows",
    f"{CHROME} Edg/140.0.0.0": "Edge on Windows",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0": "Firefox on Linux",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Safari/605.1.15": "Safari on macOS",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Mobile/15E148 Safari/604.1": "Safari on iOS",
    "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 "
    "Safari/604.1": "Chrome on iOS",
    "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 "
    "Chrome/130.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 "
    "Safari/537.36": "Chrome on ChromeOS",
    "curl/8.15.0": "curl",
    "python-httpx/0.28.1": "Python",
    "Something (Windows NT 10.0)": "Windows",
    "<script>alert(1)</script>": None,
    "": None,
    "x" * 600 + "Firefox/1.0": None,
}


@pytest.mark.parametrize("user_agent", AGENTS)
def test_browsers_and_systems_have_short_names(user_agent: str) -> None:
    assert browser_and_system(user_agent) == AGENTS[user_agent]


@given(st.text(max_size=2_000))
def test_nothing_of_the_header_is_repeated(user_agent: str) -> None:
    described = browser_and_system(user_agent)
    assert described is None or (described.isascii() and 1 <= len(described) <= 100)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:7:1:2:3:4:5", "2001:db8:7::/48"),
        ("unix:", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_known_by_its_network_only(address: str | None, network: str | None) -> None:
    assert network_of(address) == network
