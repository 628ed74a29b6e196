"""The reasons of an access review are searched for in the words that a client shows, whatever its language."""

import re
import unicodedata
from typing import Any

import pytest
from sqlalchemy import text

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from resolvers.callers.caller import Caller
from resolvers.mutations.access_reviews.recorder import record_next
from tests.support.queries import ask
from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA = "ada@acme.example"
CREATE = "mutation ($id: ID!) { createAccessReview(input: {organization: $id}) { accessReview { id } } }"
FOUND = """query ($id: ID!, $words: [AccessReasonWord!]) { node(id: $id) { ... on AccessReview {
  entries(first: 100, filter: {reasons: $words}) {
    totalCount nodes { id kind why reasons { kind conditions { kind name holds } } }
  } } } }"""

REASONS = {
    "GIVEN": "Es wurde ihnen gegeben.",
    "GIVEN_BEFORE_ACTIVATION": "Es wurde ihnen gegeben und gilt, sobald sie sich aktivieren.",
    "GIVEN_BEFORE_REMOVAL": "Es wurde ihnen gegeben, bevor sie entfernt wurden.",
}
CONDITIONS = {
    ("PERMISSION", True): "Sie haben die Berechtigung {}.",
    ("AUDIENCE", True): "Sie gehören zu {}.",
    ("ALL_CONTRACT_ACCOUNTS", True): "Sie haben alle Vertragskonten.",
    ("ALL_CONTRACT_ACCOUNTS", False): "Sie haben nicht alle Vertragskonten.",
    ("GRANT", True): "Sie erhielten {}.",
    ("CONNECTION", True): "Es hängt zusammen über {}.",
}
CODES = {
    "SITES_SERVICES_VIEW": "Standorte und Dienste",
    "USER_MANAGEMENT": "Benutzerverwaltung",
    "BILLING_VIEW": "Abrechnung",
    "ORGANIZATION": "der Organisation",
    "DELIVERY": "einem Endkunden",
}
NOTHING = "Sie haben nichts."


def folded(words: str) -> str:
    decomposed = unicodedata.normalize("NFKD", words.casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def shown(entry: dict[str, Any]) -> str:
    """What a client shows of the entry."""
    if entry["kind"] == "NOTHING":
        return NOTHING
    sentences = [entry["why"]] if not entry["reasons"] else []
    for reason in entry["reasons"]:
        sentences.append(REASONS.get(reason["kind"], ""))
        for each in reason["conditions"]:
            name = CODES.get(each["name"], each["name"])
            sentences.append(CONDITIONS.get((each["kind"], each["holds"]), "{}").format(name))
    return folded(" ".join(sentences))


def asked(words: str) -> list[dict[str, Any]]:
    """The words as a client sends them: each with the sentences of its own in which it occurs."""
    return [
        {
            "word": word,
            "reasons": [kind for kind, sentence in REASONS.items() if folded(word) in folded(sentence)],
            "conditions": [
                {"kind": kind, "holds": holds}
                for (kind, holds), sentence in CONDITIONS.items()
                if folded(word) in folded(sentence.format(""))
            ]
            + [
                {"kind": "PERMISSION" if "_" in code else "AUDIENCE", "name": code}
                for code, name in CODES.items()
                if folded(word) in folded(name)
            ],
            "kinds": ["NOTHING"] if folded(word) in folded(NOTHING) else [],
        }
        for word in words.split()
    ]


async def review_of_acme(client: Client) -> str:
    made = await ask(client, ADA, CREATE, id=f"org_{named_key(ACME)}")
    assert await record_next(client.backend.mutation_context, Caller())
    review: str = made["createAccessReview"]["accessReview"]["id"]
    return review


async def found(client: Client, review: str, words: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    entries = (await ask(client, ADA, FOUND, id=review, words=words))["node"]["entries"]
    assert entries["totalCount"] == len(entries["nodes"])
    return list(entries["nodes"])


async def test_words_are_found_in_the_sentences_of_the_client_and_in_names(client: Client) -> None:
    review = await review_of_acme(client)
    everything = await found(client, review, None)
    assert await found(client, review, []) == everything
    counts = {}
    for words in (
        *("gegeben", "GEHÖREN", "gehoren", "alle vertragskonten", "nicht alle", "standorte", "abrechnung"),
        *("acme", "South erhielten", "erhielten south", "svc-000001 endkunden", "bevor", "nichts"),
    ):
        expected = [each["id"] for each in everything if all(folded(word) in shown(each) for word in words.split())]
        assert [each["id"] for each in await found(client, review, asked(words))] == expected, words
        counts[words] = len(expected)
    assert sum(0 < count < len(everything) for count in counts.values()) >= 8, counts
    # Codes and the English text are not what this client shows.
    for hidden in ("USER_MANAGEMENT", "granted", "DELIVERY", "%", "_", "\\"):
        assert await found(client, review, asked(hidden)) == [], hidden


async def test_old_reviews_are_searched_in_the_text_that_they_have(client: Client) -> None:
    review = await review_of_acme(client)
    async with client.backend.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE access_review_entries DISABLE TRIGGER USER"))
        await connection.execute(text("UPDATE access_review_entries SET reasons = NULL"))
        await connection.execute(text("ALTER TABLE access_review_entries ENABLE TRIGGER USER"))
    everything = await found(client, review, None)
    expected = [each["id"] for each in everything if re.search("granted", each["why"])]
    assert [each["id"] for each in await found(client, review, [{"word": "Granted"}])] == expected != []


@pytest.mark.parametrize(
    "words",
    [
        [{"word": "x"}] * 21,
        [{"word": "x" * 201}],
        [{"word": "x", "conditions": [{"kind": "GRANT"}] * 51}],
    ],
)
async def test_the_words_are_bounded(client: Client, words: Any) -> None:
    answer = await client.answer(FOUND, await client.session(ADA), id=f"rev_{named_key(ACME)}", words=words)
    assert codes(answer) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("name", ['"', "\\", '") || true || ("', "' OR true --", "\n", "ß \U0001f600"])
async def test_a_name_is_only_a_name(client: Client, name: str) -> None:
    review = await review_of_acme(client)
    words = [{"word": "no such word", "conditions": [{"kind": "GRANT", "name": name}]}]
    assert await found(client, review, words) == []
