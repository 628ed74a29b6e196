"""URLs to which the server may send requests, by their syntax alone."""

import pytest

from resolvers.validation.outgoing_url import URL_MAX, OutgoingUrl, parse_outgoing_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://hooks.example.com", OutgoingUrl("https", "hooks.example.com", 443, "/", False)),
        ("https://Hooks.Example.com:8443/a?b=c", OutgoingUrl("https", "hooks.example.com", 8443, "/a?b=c", False)),
        ("https://xn--bcher-kva.example/x", OutgoingUrl("https", "xn--bcher-kva.example", 443, "/x", False)),
    ],
)
def test_a_url_of_a_public_host(text: str, url: OutgoingUrl) -> None:
    assert parse_outgoing_url(text, allows_loopback=False) == url


REFUSED = [
    "",
    "hooks.example.com",
    "http://hooks.example.com",
    "ftp://hooks.example.com",
    "https://",
    "https://localhost/",
    "https://hooks",
    "https://hooks.localhost/",
    "https://hooks.example.com./",
    "https://127.0.0.1/",
    "https://93.184.216.34/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://127.1/",
    "https://0x7f.0x1/",
    "https://2130706433/",
    "https://me:secret@hooks.example.com/",
    "https://hooks.example.com@evil.example/",
    "https://hooks.example.com/#x",
    "https://hooks.example.com:0/",
    "https://hooks.example.com:65536/",
    "https://hooks.example.com:x/",
    "https://hooks.example.com\\@evil.example/",
    "https://hooks.example.com/a b",
    "https://hooks.example.com/a\r\nHost: x",
    "https://bücher.example/",
    "https://[fe80::1%25eth0]/",
    "https://[::1",
    "https://a..example/",
    f"https://hooks.example.com/{'a' * URL_MAX}",
]


@pytest.mark.parametrize("text", REFUSED)
def test_any_other_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        parse_outgoing_url(text, allows_loopback=False)


@pytest.mark.parametrize("text", ["http://localhost:9000/x", "http://127.0.0.1:9000/x", "https://[::1]:9000/x"])
def test_this_machine_only_where_a_setting_says_so(text: str) -> None:
    assert parse_outgoing_url(text, allows_loopback=True).is_loopback
    with pytest.raises(ValueError, match="URL"):
        parse_outgoing_url(text, allows_loopback=False)


@pytest.mark.parametrize("text", ["http://127.0.0.2/", "http://192.168.0.1/", "http://hooks.example.com/"])
def test_the_setting_allows_nothing_else(text: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        parse_outgoing_url(text, allows_loopback=True)


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        ("https://hooks.example.com/x", "hooks.example.com"),
        ("https://hooks.example.com:8443/x", "hooks.example.com:8443"),
        ("http://[::1]:80/x", "[::1]"),
        ("https://[::1]:80/x", "[::1]:80"),
    ],
)
def test_the_host_header(text: str, authority: str) -> None:
    assert parse_outgoing_url(text, allows_loopback=True).authority == authority
