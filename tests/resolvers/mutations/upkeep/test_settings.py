"""Settings of organizations: who may read and change them, what they may be, and what a change does."""

from typing import Any

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from resolvers.errors import MutationRejected
from resolvers.mutations.upkeep.settings import NewSettings, update_organization_settings
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.resolver_fixtures import caller, problems, rows, run

OWN = named_key(ACME)
SETTINGS = "SELECT end_notice_days, dormant_after_days, dormancy_warning_days FROM organizations WHERE id = :id"
WARNED = """INSERT INTO access_notices (organization_id, user_id, kind, key, at, days)
SELECT organization_id, id, unnest(ARRAY['DORMANCY', 'PERMISSION']), '', now(), 14 FROM users
WHERE email = 'sue@acme.example'"""


async def change(writing: MutationContext, who: str, settings: Any) -> None:
    admin = await caller(writing, who)
    new: NewSettings = settings
    await run_in_transaction(writing, admin, lambda work: update_organization_settings(work, OWN, new))


async def refusal(writing: MutationContext, who: str, **settings: Any) -> list[tuple[str, str]]:
    before = await rows(writing, SETTINGS, id=OWN)
    with pytest.raises(MutationRejected) as rejected:
        await change(writing, who, settings)
    assert await rows(writing, SETTINGS, id=OWN) == before
    return problems(rejected.value)


async def test_an_unlimited_admin_changes_what_is_given(writing: MutationContext) -> None:
    assert await rows(writing, SETTINGS, id=OWN) == [([14, 3], None, 14)]
    await change(writing, "ada@acme.example", {"end_notice_days": [1, 30]})
    await change(writing, "ada@acme.example", {"dormant_after_days": 90, "dormancy_warning_days": 7})
    await change(writing, "ada@acme.example", {"dormant_after_days": 90})
    assert await rows(writing, SETTINGS, id=OWN) == [([30, 1], 90, 7)]
    events = "SELECT changes FROM audit_events WHERE kind = 'organization.settings_changed' ORDER BY id"
    assert [event.changes for event in await rows(writing, events)] == [
        {"endNoticeDays": [[14, 3], [30, 1]]},
        {"dormantAfterDays": [None, 90], "dormancyWarningDays": [14, 7]},
    ]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("sam@acme.example", "FORBIDDEN"),
        ("ben@acme.example", "FORBIDDEN"),
        ("dan@pear.example", "FORBIDDEN"),
        ("max@globex.example", "NOT_FOUND"),
        ("staff@portico.example", "FORBIDDEN"),
    ],
)
async def test_nobody_else_changes_anything(writing: MutationContext, who: str, code: str) -> None:
    assert await refusal(writing, who, end_notice_days=[]) == [(code, "input.organization")]


async def test_all_problems_are_reported_at_once(writing: MutationContext) -> None:
    found = await refusal(
        writing,
        "ada@acme.example",
        end_notice_days=[0, 5, 5],
        dormant_after_days=29,
        dormancy_warning_days=29,
    )
    assert found == [
        ("INVALID", "input.endNoticeDays.0"),
        ("INVALID", "input.endNoticeDays.2"),
        ("INVALID", "input.dormantAfterDays"),
        ("INVALID", "input.dormancyWarningDays"),
    ]
    found = await refusal(writing, "ada@acme.example", end_notice_days=[1, 2, 3, 4], dormancy_warning_days=None)
    assert found == [("INVALID", "input.dormancyWarningDays"), ("INVALID", "input.endNoticeDays")]
    found = await refusal(writing, "ada@acme.example", end_notice_days=None, dormant_after_days=1_001)
    assert found == [("INVALID", "input.endNoticeDays"), ("INVALID", "input.dormantAfterDays")]


async def test_new_settings_about_dormant_users_start_their_warnings_anew(writing: MutationContext) -> None:
    """Otherwise, users warned long ago would be removed at once when the removal is turned on again."""
    kinds = "SELECT kind FROM access_notices ORDER BY 1"
    await run(writing, WARNED)
    await change(writing, "ada@acme.example", {"end_notice_days": []})
    assert [notice.kind for notice in await rows(writing, kinds)] == ["DORMANCY", "PERMISSION"]
    await change(writing, "ada@acme.example", {"dormant_after_days": 60})
    assert [notice.kind for notice in await rows(writing, kinds)] == ["PERMISSION"]
