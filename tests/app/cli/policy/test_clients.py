"""API clients as the actors of questions: `explain`, `what-can` and `who-can`."""

import json
from dataclasses import replace
from typing import Any

import pytest

from app.cli.policy.actor_options import why_not_acting
from authz.actor import Actor, ActorKind, Traits
from authz.policy import Policy
from models import Permission, new_id
from resolvers.policy_analysis.explained_actor import ExplainedActor, ExplainedClient
from resolvers.types.user import UserStatus
from tests.support.paths import POLICY
from tests.support.worlds.models import example

WORLD = example()
CLIENTS = {f"cli_{client.id}": client for client in WORLD.clients}
OWNERS = {WORLD.user(email).id for email in ("ada@acme.example", "sue@acme.example", "max@globex.example")}
ASKED = [id_ for id_, client in CLIENTS.items() if client.owner_id in OWNERS]


def test_who_can_lists_the_clients_that_explain_allows(portico: Any) -> None:
    for asked in (
        ("--action", "view", "--on", "ACME East"),
        ("--action", "assign_permission", "--on", "SUPPORT_VIEW"),
    ):
        code, out, _ = portico("who-can", *asked, "--clients", "--json")
        found = json.loads(out)
        listed = {client["id"] for client in found["clients"]}
        assert (code, found["total"]) == (0, len(listed))
        allowed = set()
        for id_ in ASKED:
            code, out, _ = portico("explain", "--client", id_, *asked, "--json")
            explained = json.loads(out)
            assert (code == 0) is explained["allowed"]
            assert explained["client"]["id"] == id_
            allowed |= {id_} if explained["allowed"] else set()
        assert listed & set(ASKED) == allowed
        assert {CLIENTS[id_].name for id_ in listed} == {client["name"] for client in found["clients"]}


def test_what_a_client_can_is_cut_to_what_its_owner_may(portico: Any) -> None:
    for email, alive in (("ada@acme.example", True), ("sue@acme.example", False)):
        owner = WORLD.user(email)
        client = next(client for client in WORLD.clients if client.owner_id == owner.id)
        _, out, _ = portico("what-can", "--client", f"cli_{client.id}", "--action", "view", "--json", "--first", "1")
        found = json.loads(out)
        assert found["client"] == {"id": f"cli_{client.id}", "name": client.name, "revoked": False}
        assert found["user"]["email"] == email
        counts = {count["type"]: count["things"] for count in found["counts"]}
        assert (counts.get("Service"), counts.get("ApiClient")) == ((6, 1) if alive else (None, None))
        if not alive:
            _, out, _ = portico("what-can", "--client", f"cli_{client.id}")
            assert "has access to nothing. Not fulfilled: the owner has the capability makes_api_clients." in out


def test_a_revoked_client_may_do_nothing() -> None:
    actor = Actor(
        new_id(), new_id(), Traits(ActorKind.CLIENT, permissions=frozenset(Permission)), 1, client_id=new_id()
    )
    client = ExplainedActor(
        actor, "ada@acme.example", UserStatus.ACTIVE, ExplainedClient(new_id(), "nightly", revoked=False)
    )
    policy = Policy(POLICY.read_text(), POLICY.name)
    assert (client.name, client.may_act(policy), why_not_acting(client, policy)) == (
        "nightly of ada@acme.example",
        True,
        None,
    )
    revoked = replace(client, client=ExplainedClient(new_id(), "nightly", revoked=True))
    assert (revoked.may_act(policy), why_not_acting(revoked, policy)) == (False, "the API client is not revoked")
    removed = replace(client, status=UserStatus.REMOVED)
    assert why_not_acting(removed, policy) == "the owner is active (removed)"


@pytest.mark.parametrize("verb", [("explain", "--action", "view", "--on", "ACME East"), ("what-can",)])
def test_an_actor_is_a_user_or_a_client(portico: Any, verb: tuple[str, ...]) -> None:
    for actor in ((), ("--user", "ada@acme.example", "--client", next(iter(CLIENTS)))):
        code, _, err = portico(*verb, *actor)
        assert (code, "Name one actor" in err) == (2, True)


def test_clients_are_one_page(portico: Any) -> None:
    asked = ("who-can", "--action", "assign_audience", "--on", "DELIVERY", "--clients")
    assert portico(*asked, "--after", "x")[0] == 2
    code, out, _ = portico(*asked, "--first", "1")
    assert (code, "2 API clients have the capability assign_audience DELIVERY." in out) == (0, True)
    assert "And 1 more: --first 2 lists all." in out
