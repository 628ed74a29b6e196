"""`policy`, `policyCheck` and `policyDiff`: for staff, bounded, and never in force."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from limits import RateLimitItemPerHour
from sqlalchemy import text

from app.demo.fixed_ids import named_key
from app.policy_playground import limits, processes
from authz.model.actions import ACTIONS
from authz.policy import Policy, version_of
from models import AuditKind
from resolvers.fair_queue import Flow
from resolvers.policy_analysis.edits.playground import MAX_SOURCE_BYTES
from resolvers.rate_limits.limiter import Rates
from tests.support.paths import POLICY
from tests.support.policies.small_policies import policy_with
from tests.support.resolver_fixtures import rules
from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

STAFF, ADA, SAM = "staff@portico.example", "ada@acme.example", "sam@acme.example"
READ = """{ policy {
  version file source rules { title line lastLine } warnings { reason } activation { version cause by at }
  history { version }
} }"""
CHECK = """query ($source: LongText!) {
  policyCheck(source: $source) { severity line column text reason suggestion }
}"""
DIFF = """query ($source: LongText!) { policyDiff(source: $source) {
  version loads findings { severity line column text reason }
  live {
    gained lost crossing byAction { name gained lost } byOrganization { name } byKind { name } byRule { name }
    changes { gained action type user client resource organization rule line }
  }
  summary traits { verdict action type actors was becomes crosses gained lost }
} }"""
SOURCE = POLICY.read_text()
SMALL = policy_with(
    'allow(actor: Member, "view", service: Service) if "SUPPORT_VIEW" in actor.permissions '
    "and service.organization_id = actor.organization_id;\n"
    + "".join(f'allow(_: Staff, "view", _: {model.__name__});\n' for model in ACTIONS)
    + 'allow(_: Staff, "review_access", _: Organization);'
)
ENDLESS = "r(a: Member) if r(a);\n" * 2_800


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def same_policy(client: Client) -> AsyncIterator[None]:
    """Whatever a test sends, the same policy is in force afterwards, and the history is the same."""
    history = "SELECT count(*) FROM policy_activations"
    async with client.backend.engine.connect() as connection:
        before = (await connection.execute(text(history))).scalar_one()
    yield
    async with client.backend.engine.connect() as connection:
        after = (await connection.execute(text(history))).scalar_one()
    assert (client.backend.policy.version, client.backend.policy.source) == (rules().version, rules().source)
    assert after == before


async def ask(client: Client, query: str, who: str | None = STAFF, **variables: Any) -> dict[str, Any]:
    return await client.answer(query, await client.session(who) if who else None, **variables)


async def test_staff_read_the_policy_in_force_with_its_rules_and_history(client: Client) -> None:
    policy = (await ask(client, READ))["data"]["policy"]
    assert (policy["version"], policy["file"], policy["source"]) == (rules().version, POLICY.name, SOURCE)
    lines = SOURCE.splitlines()
    titles = {rule["title"]: rule for rule in policy["rules"]}
    rule = titles['allow(Member, "view", Service)']
    assert lines[rule["line"] - 1] == 'allow(actor: Member, "view", service: Service) if'
    assert lines[rule["lastLine"] - 1].endswith(";")
    assert len(policy["rules"]) == len(rules().rules)
    assert policy["warnings"] == []


@pytest.mark.parametrize("who", [ADA, SAM, None])
@pytest.mark.parametrize("query", [READ, CHECK, DIFF])
async def test_nobody_else_may(client: Client, who: str | None, query: str) -> None:
    variables = {} if query == READ else {"source": "x" * (MAX_SOURCE_BYTES + 1)}
    answer = await ask(client, query, who, **variables)
    assert list(answer["data"].values()) == [None]
    assert codes(answer) == ["FORBIDDEN" if who else "UNAUTHENTICATED"]


async def test_a_denial_is_audited(client: Client) -> None:
    await ask(client, DIFF, SAM, source=SOURCE)
    async with client.backend.engine.connect() as connection:
        newest = "SELECT kind, changes FROM audit_events WHERE actor_id = :sam ORDER BY id DESC LIMIT 1"
        event = (await connection.execute(text(newest), {"sam": named_key(SAM)})).one()
    assert (event.kind, event.changes["operation"]) == (AuditKind.QUERY_REFUSED, [None, "policyDiff"])


async def test_viewer_can_says_who_may(client: Client) -> None:
    can = {
        who: (await ask(client, "{ viewer { viewerCan } }", who))["data"]["viewer"]["viewerCan"] for who in (STAFF, ADA)
    }
    assert can == {
        STAFF: ["CREATE_ORGANIZATION", "VIEW_POLICY"],
        ADA: ["CREATE_API_CLIENT", "REQUEST_ACCESS"],
    }


async def test_a_check_has_the_findings_of_the_linter_with_their_places(client: Client) -> None:
    assert (await ask(client, CHECK, source=SOURCE))["data"]["policyCheck"] == []
    broken = SOURCE.replace(
        'allow(actor: Member, "view", service: Service)', 'allow(actor: Member, "vieww", service: Service)'
    )
    [finding, *_] = (await ask(client, CHECK, source=broken))["data"]["policyCheck"]
    place = broken.splitlines()[finding["line"] - 1]
    assert (finding["severity"], place[finding["column"] - 1 :].startswith('"vieww"')) == ("ERROR", True)
    assert "view" in finding["suggestion"]


@pytest.fixture
def small(client: Client) -> Iterator[str]:
    """The source of a small policy, which is in force during the test: it is checked and compared within a second."""
    before = client.backend
    client.application.state.backend = before.with_policy(Policy(SMALL, POLICY.name))
    yield SMALL
    assert client.backend.policy.source == (SMALL, POLICY.name)
    client.application.state.backend = before


async def test_a_comparison_says_who_gains_and_loses_on_data_and_by_traits(client: Client, small: str) -> None:
    edited = small.replace('"SUPPORT_VIEW" in', '"SUPPORT_EDIT" in')
    diff = (await ask(client, DIFF, source=edited))["data"]["policyDiff"]
    assert (diff["loads"], diff["version"], diff["live"]["crossing"]) == (True, version_of(edited), 0)
    live, changes = diff["live"], diff["live"]["changes"]
    assert live["lost"] == sum(tally["lost"] for tally in live["byAction"]) > 0
    assert {(change["action"], change["type"]) for change in changes} == {("view", "Service")}
    assert {change["line"] for change in changes} == {1}
    assert {(trait["action"], trait["type"]) for trait in diff["traits"]} == {("view", "Service")}
    assert {trait["verdict"] for trait in diff["traits"]} == {"wider", "narrower"}
    assert all(trait["actors"] and (trait["gained"] or trait["lost"]) for trait in diff["traits"])
    assert diff["summary"].startswith("By traits, for all users")


async def test_an_edit_that_changes_nothing_says_so(client: Client, small: str) -> None:
    diff = (await ask(client, DIFF, source=small + "# A comment.\n"))["data"]["policyDiff"]
    assert (diff["live"]["gained"], diff["live"]["lost"], diff["live"]["changes"], diff["traits"]) == (0, 0, [], [])
    assert diff["summary"].startswith("By traits, nothing changes")


async def test_an_edit_is_held_to_the_prohibitions(client: Client, small: str) -> None:
    edited = small + '\nallow(_: Member, "view", _: Organization);\n'
    diff = (await ask(client, DIFF, source=edited))["data"]["policyDiff"]
    assert (diff["loads"], diff["live"], diff["summary"], diff["traits"]) == (False, None, "", [])
    assert {finding["severity"] for finding in diff["findings"]} == {"ERROR"}
    assert any("never: a Member views a row of another organization" in str(finding) for finding in diff["findings"])


async def test_long_sources_are_refused(client: Client) -> None:
    for query in (CHECK, DIFF):
        assert codes(await ask(client, query, source="#" * (MAX_SOURCE_BYTES + 1))) == ["INVALID"]
    assert (await ask(client, CHECK, source="#" * MAX_SOURCE_BYTES))["data"]["policyCheck"] is not None


@pytest.mark.parametrize("source", ["", "\0", "(" * 60_000, "allow(", '"' * 50_000, "not " * 15_000])
async def test_hostile_sources_are_findings(client: Client, source: str) -> None:
    for query in (CHECK, DIFF):
        answer = await ask(client, query, source=source)
        if "errors" not in answer:
            [value] = answer["data"].values()
            findings = value if query == CHECK else value["findings"]
            assert findings
            assert sum(len(finding["reason"]) + len(finding["text"]) for finding in findings) < 200_000


async def test_a_source_that_keeps_the_linter_busy_ends_in_its_process(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "LINT_SECONDS", 0.5)
    [finding] = (await ask(client, CHECK, source=ENDLESS))["data"]["policyCheck"]
    assert "processor time" in finding["reason"]
    monkeypatch.undo()
    assert (await ask(client, CHECK, source=SOURCE))["data"]["policyCheck"] == []


async def test_a_comparison_that_takes_too_long_is_ended(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "COMPARE_SECONDS", 0.0)
    monkeypatch.setattr(processes, "LIVE_SECONDS", 0.1)
    diff = (await ask(client, DIFF, source=SOURCE))["data"]["policyDiff"]
    assert (diff["loads"], len(diff["findings"])) == (False, 1)


async def test_one_comparison_runs_at_a_time(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0

    async def run(*_: object) -> bytes:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return b""

    monkeypatch.setattr(processes, "_run", run)
    playground = client.backend.playground
    edits = [playground.compare(rules(), SOURCE, Flow("staff", who)) for who in (1, 1, 2, 3)]
    assert len(await asyncio.gather(*edits)) == len(edits)
    assert most == 1


async def test_comparisons_are_limited_per_user(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_run", lambda *_: asyncio.sleep(0, b""))
    monkeypatch.setattr(
        client.backend.mutation_context.limits, "rates", Rates(compare_policies=RateLimitItemPerHour(2, 1))
    )
    found = [codes(await ask(client, DIFF, source=SOURCE)) for _ in range(3)]
    assert found[-1] == ["RATE_LIMITED"]
    assert [] in found


async def test_the_processes_get_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTICO_SECRET_KEY", "secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    assert "secret" not in " ".join(processes._environment().values())


async def test_findings_are_bounded() -> None:
    assert limits.MAX_FINDINGS * limits.MAX_TEXT * 3 < processes._LINE
