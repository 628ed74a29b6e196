"""A candidate policy runs beside the one in force: it decides nothing, and what it would change is recorded."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import program
from app.policy.shadow import Shadow
from authz.actor import ActorKind, Traits
from authz.policy import Policy
from authz.routes import is_equivalent
from models import Audience, ContractAccount, Permission, Service, User
from tests.support.paths import POLICY
from tests.support.policies.check_cache import check_form
from tests.support.policies.narrower import NARROWER, SHIPPED
from tests.support.resolver_fixtures import rules
from tests.support.server import Client, serving

pytestmark = pytest.mark.invariant("shadow")

GIVING_LESS = SHIPPED.replace(
    "    permission in actor.permissions;", '    permission in actor.permissions and\n    permission != "BILLING_VIEW";'
)
ADA, SUE = "ada@acme.example", "sue@acme.example"


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    return tmp_path / POLICY.name


@pytest.fixture
async def client(demo_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    monkeypatch.setenv("DATABASE_URL", demo_database_url)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("authz.policy.check", check_form)
    async with serving(demo_database_url, tmp_path) as client:
        yield client


async def command(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, program, ["policy", "shadow", *arguments])


async def started(client: Client, candidate: Path, text: str) -> Shadow:
    """The shadow of this candidate, once the server runs it."""
    candidate.write_text(text)
    assert (await command(str(candidate))).exit_code == 0
    async with asyncio.timeout(60):
        while True:
            observe = client.backend.mutation_context.decision_listener.callback
            shadow = getattr(observe, "__self__", None)
            if isinstance(shadow, Shadow) and shadow.candidate.version == Policy(text, "candidate").version:
                return shadow
            await asyncio.sleep(0.02)


async def test_what_a_read_would_lose_is_recorded_and_the_answer_is_as_ever(client: Client, candidate: Path) -> None:
    shadow = await started(client, candidate, NARROWER)
    for who in (ADA, SUE):
        token = await client.session(who)
        assert "SVC-000001" in str(await client.data("{ services { nodes { code name } } }", token))
        await client.data("{ contractAccounts { nodes { viewerCan } } }", token)
    await shadow.wait_until_idle()
    report = await command("--json")
    assert report.exit_code == 3
    shown = json.loads(report.stdout)
    assert shown["groups"] == [
        {"organization": "ACME Corporation", "action": "view", "type": "Service", "change": "lost", "users": 2,
         "things": 1}
    ]  # fmt: skip
    assert {example["email"] for example in shown["examples"]} == {ADA, SUE}
    assert {example["activeVersion"] for example in shown["examples"]} == {rules().version}
    assert shown["compared"] == 6
    assert shown["failed"] == 0


async def test_what_a_mutation_asks_is_compared_too(client: Client, candidate: Path) -> None:
    shadow = await started(client, candidate, NARROWER)
    token = await client.session(ADA)
    sue = (await client.data('{ users(filter: {search: "sue@"}) { nodes { id } } }', token))["users"]["nodes"][0]["id"]
    removed = await client.data(f'mutation {{ removeUser(input: {{id: "{sue}"}}) {{ errors {{ code }} }} }}', token)
    assert removed["removeUser"]["errors"] == []
    await shadow.wait_until_idle()
    shown = json.loads((await command("--json")).stdout)
    assert [(group["action"], group["type"], group["change"]) for group in shown["groups"]] == [
        ("remove", "User", "lost")
    ]


async def test_questions_about_the_actor_alone_are_compared(client: Client, candidate: Path) -> None:
    shadow = await started(client, candidate, GIVING_LESS)
    await client.data("{ viewer { assignable { permissions } } }", await client.session(ADA))
    await shadow.wait_until_idle()
    shown = json.loads((await command("--json")).stdout)
    words = {(each["action"], each["type"], each["thing"], each["change"]) for each in shown["examples"]}
    assert words == {("assign_permission", "", "BILLING_VIEW", "lost")}


async def test_an_equal_candidate_differs_nowhere_and_a_stopped_one_compares_no_more(
    client: Client, candidate: Path
) -> None:
    assert (await command()).exit_code == 1
    shadow = await started(client, candidate, SHIPPED + "# the same rules\n")
    nothing = await command()
    assert (nothing.exit_code, "Nothing has been compared yet" in nothing.stdout) == (1, True)
    token = await client.session(ADA)
    await client.data("{ services { totalCount } }", token)
    await shadow.wait_until_idle()
    done = await command("--stop")
    assert (done.exit_code, "No difference" in done.stdout) == (0, True)
    async with asyncio.timeout(60):
        while client.backend.mutation_context.decision_listener.callback is not None:
            await asyncio.sleep(0.02)


async def test_a_candidate_that_is_refused_never_runs(client: Client, candidate: Path) -> None:
    candidate.write_text(SHIPPED.replace('"view", service: Service', '"veiw", service: Service'))
    refused = await command(str(candidate))
    assert refused.exit_code == 1
    assert "Did you mean view?" in str(refused.exception)
    assert (await command()).exit_code == 1
    assert client.backend.mutation_context.decision_listener.callback is None


def test_policies_differ_where_what_their_flags_stand_for_does() -> None:
    admin = Traits(ActorKind.MEMBER, Audience.ORGANIZATION, frozenset(Permission), True, True)
    less = Policy(GIVING_LESS, "less.polar")
    assert not is_equivalent(rules(), less, admin, "update", User)
    assert is_equivalent(rules(), less, admin, "view", User)
    assert is_equivalent(rules(), less, admin, "assign", ContractAccount)
    assert not is_equivalent(rules(), Policy(NARROWER, "narrower.polar"), admin, "view", Service)
