"""What a mail program would make a link of, and honest names that it would not."""

import pytest

from resolvers.validation.links import contains_domain, contains_link

HONEST = [
    "St. John",
    "J.R. Smith",
    "A.B. Corp",
    "S.A.R.L. Dupont",
    "No.1 Services",
    "Work@Home",
    "AT&T / BT",
    "B.V./N.V.",
    "A/B Testing",
    "Tel: 31",
    "v2.0",
    "O'Neill-Smith, Jr.",
    "モーニング娘。",
    "Dr. h.c. Meyer",
    "U.S.A.",
]


@pytest.mark.parametrize("name", HONEST)
def test_honest_names(name: str) -> None:
    assert not contains_link(name)
    assert not contains_domain(name)


@pytest.mark.parametrize(
    "name",
    [
        "http://evil.example",
        "See HTTPS://x",
        "www.evil.example",
        "(www2.evil)",
        "evil.example/login",
        "evil.example:8080",
        "evil.example?x",
        "ada@evil.example",
        "mailto:ada",
        "tel:+31201234567",
        "javascript:alert(1)",
        "ｈｔｔｐ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ",
        "evil。example/x",
        "evil\u2024example/x",
        "evil.xn--p1ai/x",
        "пример.рф/x",
    ],
)
def test_links(name: str) -> None:
    assert contains_link(name)


@pytest.mark.parametrize(
    "name", ["Booking.com B.V.", "evil.example", "ｅｖｉｌ．ｅｘａｍｐｌｅ", "пример.рф", "evil.xn--p1ai"]
)
def test_bare_domains(name: str) -> None:
    assert contains_domain(name)
    assert not contains_link(name)
