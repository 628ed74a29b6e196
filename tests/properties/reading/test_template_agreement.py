"""Access templates are visible to those who may give all that they hold, in random worlds: in lists and by `node`."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import Audience, Permission
from tests.support.depth import examples
from tests.support.worlds.clients import Client
from tests.support.worlds.models import VIEW, User, World, worlds
from tests.support.worlds.oracle import Oracle
from tests.support.worlds.planner_fixtures import read
from tests.support.worlds.random_reads import stored

pytestmark = pytest.mark.invariant("one_predicate")

TEMPLATES = 12
LIST = "{ accessTemplates(first: 50) { totalCount nodes { id contractAccounts { totalCount } } } }"
NODE = "query ($id: ID!) { node(id: $id) { id } }"
INSERT = """INSERT INTO access_templates (id, organization_id, name, audience, permissions, all_contract_accounts,
  contract_accounts, all_delivery_accounts, delivery_accounts)
VALUES ($1::uuid, $2, $1::uuid::text, $3, $4, $5, $6, $7, $8)"""

Template = dict[str, Any]


def templates(world: World) -> st.SearchStrategy[Template]:
    """A template of one of the organizations; once in a while with an account of another one."""

    def of(organization_id: UUID) -> st.SearchStrategy[Template]:
        def some(accounts: Any) -> st.SearchStrategy[list[UUID]]:
            own = [each.id for each in accounts if each.organization_id == organization_id]
            foreign = [each.id for each in accounts if each.organization_id != organization_id]
            return st.lists(st.sampled_from(own * 6 + foreign[:1]), max_size=2, unique=True) if own else st.just([])

        few = st.lists(st.sampled_from(Permission), max_size=2, unique=True)
        return st.fixed_dictionaries(
            {
                "id": st.uuids(),
                "organization_id": st.just(organization_id),
                "audience": st.sampled_from(Audience),
                "permissions": few.map(lambda given: {VIEW, *given}),
                "all_contract": st.sampled_from((False, False, True)),
                "contracts": some(world.contract_accounts),
                "all_delivery": st.sampled_from((False, False, True)),
                "deliveries": some(world.delivery_accounts),
            }
        )

    return st.sampled_from([each.id for each in world.organizations]).flatmap(of)


def is_visible(oracle: Oracle, actor: User, template: Template) -> bool:
    given = oracle.assignable()
    if given is None or template["organization_id"] != actor.organization_id:
        return False
    audiences, permissions, all_contract, all_delivery = given
    return (
        template["audience"] in audiences
        and template["permissions"] <= permissions | {VIEW}
        and (all_contract or not template["all_contract"])
        and (all_delivery or not template["all_delivery"])
        and set(template["contracts"]) <= oracle.allowed("ContractAccount", "assign")
        and set(template["deliveries"]) <= oracle.allowed("DeliveryAccount", "assign")
    )


async def store(connection: Any, template: Template) -> None:
    audience = template["audience"].value
    # The database has no such template.
    all_delivery = template["all_delivery"] = template["all_delivery"] and audience != "DELIVERY"
    permissions = [permission.value for permission in template["permissions"]]
    first = template["id"], template["organization_id"], audience, permissions, template["all_contract"]
    await connection.execute(INSERT, *first, template["contracts"], all_delivery, template["deliveries"])


@settings(max_examples=examples(5), deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds(), data=st.data())
async def test_who_may_give_all_of_a_template_sees_it(connection: Any, world: World, data: st.DataObject) -> None:
    made = data.draw(st.lists(templates(world), min_size=TEMPLATES, max_size=TEMPLATES))
    actors: list[tuple[User, Client | None]] = [(user, None) for user in world.users]
    owners = {user.id: user for user in world.users}
    actors += [(owners[client.owner_id], client) for client in world.clients]
    async with stored(connection, world):
        for template in made:
            await store(connection, template)
        for user, client in data.draw(st.permutations(actors))[:8]:
            oracle = Oracle(world, user, client=client)
            expected = {f"tpl_{each['id']}" for each in made if is_visible(oracle, user, each)}
            found = (await read(connection, user, LIST, client=client))["accessTemplates"]
            assert {node["id"] for node in found["nodes"]} == expected
            assert found["totalCount"] == len(expected)
            tried = f"tpl_{data.draw(st.sampled_from(made))['id']}"
            node = (await read(connection, user, NODE, {"id": tried}, client))["node"]
            assert (node is not None) == (tried in expected)
