"""The formatter changes blanks and line breaks only, and its own output not at all."""

import re
from random import Random

import pytest

from authz.language import formatter
from authz.language.diagnostics import PolicyError
from authz.language.formatter import FormatError, format_policy
from authz.language.meaning import meaning
from authz.language.parser import parse
from tests.support.paths import POLICY
from tests.support.policies.random_bodies import random_policy

pytestmark = pytest.mark.invariant("formatting")

FILE = "p.polar"
UNTIDY = """#first
allow( actor :Member{ audience:"ORGANIZATION" } , "view",service: Service)if # on the head
  # above

  service.organization_id=actor.organization_id and   # behind
  service.status in ["ACTIVE","PLANNED", # within
  "X"] and (service.name="a"
    or not(actor.all_contract_accounts));   # end
b(_:Staff);c(_: Staff, nil); # tail



# last"""
TIDY = """#first
allow(actor: Member{audience: "ORGANIZATION"}, "view", service: Service) if  # on the head
    # above
    service.organization_id = actor.organization_id and  # behind
    # within
    service.status in ["ACTIVE", "PLANNED", "X"] and
    (service.name = "a" or not (actor.all_contract_accounts));  # end
b(_: Staff);
c(_: Staff, nil);  # tail


# last
"""


def test_the_shipped_policy_has_this_form() -> None:
    assert format_policy(POLICY.read_text(), FILE) == POLICY.read_text()


def test_blanks_line_breaks_and_comments() -> None:
    assert format_policy(UNTIDY, FILE) == format_policy(TIDY, FILE) == TIDY
    assert (format_policy("\n\n", FILE), format_policy("# x", FILE)) == ("", "# x\n")


def test_what_is_too_long_is_broken_in_its_longest_brackets() -> None:
    names = ", ".join(f'"{letter * 20}"' for letter in "abcdefg")
    found = format_policy(f"a(x: Service) if x.name in [{names}] and (x.name = 1 or (b(x) and x.code in []));", FILE)
    lines = found.splitlines()
    assert lines[:3] == ["a(x: Service) if", "    x.name in [", f'        "{"a" * 20}",']
    assert lines[-2:] == ["    ] and", "    (x.name = 1 or (b(x) and x.code in []));"]
    assert format_policy(found, FILE) == found


def untidied(random: Random, text: str) -> str:
    """`text` with other blanks, line breaks and comments between its tokens."""
    blanks = ["", " ", "   ", "\n", "\n\n\n\n", " # a comment\n", "\n  # own line\n"]
    between = re.compile(r'("[^"]*"|[A-Za-z0-9_]+|==|!=|<=|>=|\s+|#[^\n]*\n|.)', re.DOTALL)
    parts = [part for part in between.findall(text) if not part.isspace()]
    return "".join(part + (random.choice(blanks) or (" " if part[-1:].isalnum() else "")) for part in parts)


@pytest.mark.parametrize("seed", range(60))
def test_random_policies_say_the_same(seed: int) -> None:
    random = Random(seed)
    text = untidied(random, random_policy(random))
    rules, diagnostics = parse(text, FILE)
    assert rules
    assert diagnostics == []
    formatted = format_policy(text, FILE)
    assert meaning(parse(formatted, FILE)[0]) == meaning(rules)
    assert sorted(re.findall("#.*", formatted)) == sorted(re.findall("#.*", text))
    assert format_policy(formatted, FILE) == formatted


def test_what_cannot_be_parsed_or_would_change_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PolicyError, match=r"p\.polar:1:11"):
        format_policy("a(_: Staff)", FILE)
    monkeypatch.setattr(formatter, "_joined", lambda tokens: " ".join(token.text for token in tokens[1:]))
    with pytest.raises(FormatError, match="stays as it is"):
        format_policy(TIDY, FILE)
