"""The author's guide says what is so: its examples load, its errors are those that are given, every word is there."""

import re

import pytest

from authz.actor import ActorKind
from authz.checks.pipeline import run_checks
from authz.checks.prohibition_sentences import parse_prohibitions
from authz.lint.linter import lint
from authz.lint.unknown_words import Addition, pointer
from authz.model.actions import ACTIONS, Capability
from authz.model.actor_attributes import ACTOR_ATTRIBUTES
from authz.model.resources import FLAGS, TYPES, attributes
from tests.support.paths import DOCS, ROOT
from tests.support.policies.small_policies import CAPABILITY_RULES, FILE, check_messages, policy_with, warning_messages

pytestmark = pytest.mark.invariant("policy_guide")

PAGE = (DOCS / "policy.md").read_text()
WORDS = (DOCS / "policy-words.md").read_text()
COMMANDS = (DOCS / "policy-commands.md").read_text()
LOADS = re.findall(r"```polar\n(.*?)```", PAGE + WORDS, re.DOTALL)
REFUSED = re.findall(r"```polar refused\n(.*?)```\n\n```error\n(.*?)\n```", PAGE + WORDS, re.DOTALL)
WARNED = re.findall(r"```polar doubtful\n(.*?)```\n\n```warning\n(.*?)\n```", COMMANDS, re.DOTALL)


def test_there_are_examples() -> None:
    assert len(LOADS) >= 3
    assert len(REFUSED) >= 8
    assert len(WARNED) >= 3


@pytest.mark.parametrize("example", LOADS)
def test_what_is_shown_as_right_loads(example: str) -> None:
    text = policy_with(example)
    assert (check_messages(text), warning_messages(text)) == ([], [])


@pytest.mark.parametrize(("example", "errors"), REFUSED)
def test_what_is_shown_as_wrong_gives_the_errors_shown(example: str, errors: str) -> None:
    text = f"{example}\n{CAPABILITY_RULES}"
    findings = lint(text, "policies.polar").diagnostics or run_checks(text, "policies.polar")
    assert "\n".join(map(str, findings)) == errors


@pytest.mark.parametrize(("example", "warnings"), WARNED)
def test_what_is_shown_as_doubtful_gives_the_warnings_shown(example: str, warnings: str) -> None:
    assert warning_messages(policy_with(example)) == [
        line.replace("policies.polar", FILE) for line in warnings.splitlines()
    ]


def test_every_pointer_leads_to_its_section() -> None:
    headings = {line.removeprefix("## ").lower().replace(",", "").replace(" ", "-") for line in WORDS.splitlines()}
    for addition in Addition:
        found = re.search(r"docs/policy-words.md#([\w-]+)\.$", pointer("none such", [], addition))
        assert found is not None
        assert found[1] in headings


def test_every_file_that_a_developer_edits_exists() -> None:
    paths = re.findall(r"`((?:app|authz|console|models|resolvers|schema)/[\w/.]+)`", WORDS)
    assert len(paths) > 15
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_sentences_about_what_must_never_be_are_some() -> None:
    blocks = re.findall(r"```never\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        assert parse_prohibitions(block)[1] == ()
    shipped = {sentence.text for sentence in parse_prohibitions((ROOT / "policies.never").read_text())[0]}
    assert {sentence.text for sentence in parse_prohibitions(blocks[0])[0]} == shipped


def test_every_word_is_there() -> None:
    for model, actions in ACTIONS.items():
        assert f"| `{model.__name__}` | {', '.join(f'`{action}`' for action in actions)} |" in PAGE
    for name, model in TYPES.items():
        (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |") and line.count("|") == 5)
        named = set(re.findall(r"`(\w+)`", row)) - {name}
        assert named == set(attributes(model)) - {flag.value for flag in FLAGS.get(model, ())}
    words = [f"actor.{name}" for name in ACTOR_ATTRIBUTES[ActorKind.MEMBER].names]
    words += [f"client.{name}" for name in ACTOR_ATTRIBUTES[ActorKind.CLIENT].names]
    words += [f"user.{flag}" for flags in FLAGS.values() for flag in flags]
    for word in words:
        assert f"`{word}`" in PAGE
    for question in Capability:
        assert f"`{question}(actor" in PAGE
