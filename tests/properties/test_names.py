"""No mutation stores a name that hides something or becomes a link, whichever input field it comes in.

The fields are those of the schema whose names end in "name", and the city of a site: a new one must be added here.
Filters of queries store nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import ContractAccount, DeliveryAccount, Organization
from resolvers import public_id
from schema.operations import Operations
from tests.support.passkeys.authenticator import Authenticator
from tests.support.queries import ask
from tests.support.resolver_fixtures import PEAR, SOUTH, activation_token, invited
from tests.support.server import BASE_URL, Client
from tests.support.users.over_graphql import find_user

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA, STAFF = "ada@acme.example", "staff@portico.example"
HIDING, LINKING, DOMAIN = (
    ["\u202eadA", "A\u200bda", "\u3164"],
    ["http://evil.example", "boss@evil.example"],
    "evil.example",
)

Fields = dict[str, Any]
ORGANIZATION = public_id.encode(Organization, named_key(ACME))
CONTRACT, DELIVERY = public_id.encode(ContractAccount, SOUTH), public_id.encode(DeliveryAccount, PEAR)
IN_ACME = {"organization": ORGANIZATION}
SERVICE = IN_ACME | {"contractAccount": CONTRACT, "deliveryAccount": DELIVERY, "code": "SVC-9", "country": "NL"}
USER = {"email": "names@acme.example", "allContractAccounts": True}
ADMIN = {"email": "names@initech.example", "firstName": "Peter", "lastName": "Gibbons"}
INITECH = {"name": "Initech", "admin": ADMIN}


@dataclass(frozen=True)
class Case:
    """A mutation, and its input with a name in one field. Names of users must not be domains either."""

    mutation: str
    input: Callable[[str], Fields]
    path: tuple[str, ...]
    of_user: bool = False


MADE = {"credential": "{}", "passkeyName": "Phone", "firstName": "Ivy", "lastName": "Ito"}

CASES = {
    ("CreateUserInput", "firstName"): Case(
        "createUser", lambda name: USER | {"firstName": name, "lastName": "Ito"}, ("firstName",), True
    ),
    ("CreateUserInput", "lastName"): Case(
        "createUser", lambda name: USER | {"firstName": "Ivy", "lastName": name}, ("lastName",), True
    ),
    ("UpdateUserInput", "firstName"): Case("updateUser", lambda name: {"firstName": name}, ("firstName",), True),
    ("UpdateUserInput", "lastName"): Case("updateUser", lambda name: {"lastName": name}, ("lastName",), True),
    ("ActivateUserInput", "firstName"): Case("activateUser", lambda name: {"firstName": name}, ("firstName",), True),
    ("ActivateUserInput", "lastName"): Case("activateUser", lambda name: {"lastName": name}, ("lastName",), True),
    ("ActivateUserWithPasskeyInput", "firstName"): Case(
        "activateUserWithPasskey", lambda name: {"firstName": name}, ("firstName",), True
    ),
    ("ActivateUserWithPasskeyInput", "lastName"): Case(
        "activateUserWithPasskey", lambda name: {"lastName": name}, ("lastName",), True
    ),
    ("ActivateUserWithPasskeyInput", "passkeyName"): Case(
        "activateUserWithPasskey", lambda name: {"passkeyName": name}, ("passkeyName",)
    ),
    ("FirstAdminInput", "firstName"): Case(
        "createOrganization",
        lambda name: INITECH | {"admin": ADMIN | {"firstName": name}},
        ("admin", "firstName"),
        True,
    ),
    ("FirstAdminInput", "lastName"): Case(
        "createOrganization", lambda name: INITECH | {"admin": ADMIN | {"lastName": name}}, ("admin", "lastName"), True
    ),
    ("CreateOrganizationInput", "name"): Case("createOrganization", lambda name: INITECH | {"name": name}, ("name",)),
    ("NewContractAccountInput", "name"): Case(
        "createOrganization",
        lambda name: INITECH | {"contractAccounts": [{"name": name}]},
        ("contractAccounts", "0", "name"),
    ),
    ("NewDeliveryAccountInput", "name"): Case(
        "createOrganization",
        lambda name: INITECH | {"deliveryAccounts": [{"name": name}]},
        ("deliveryAccounts", "0", "name"),
    ),
    ("CreateContractAccountInput", "name"): Case(
        "createContractAccount", lambda name: IN_ACME | {"name": name}, ("name",)
    ),
    ("CreateDeliveryAccountInput", "name"): Case(
        "createDeliveryAccount", lambda name: IN_ACME | {"name": name}, ("name",)
    ),
    ("CreateServiceInput", "name"): Case(
        "createService", lambda name: SERVICE | {"name": name, "city": "Delft"}, ("name",)
    ),
    ("CreateServiceInput", "city"): Case(
        "createService", lambda name: SERVICE | {"name": "Fibre", "city": name}, ("city",)
    ),
    ("CreateAccessTemplateInput", "name"): Case("createAccessTemplate", lambda name: {"name": name}, ("name",)),
    ("UpdateAccessTemplateInput", "name"): Case("updateAccessTemplate", lambda name: {"name": name}, ("name",)),
    ("CreateApiClientInput", "name"): Case(
        "createApiClient", lambda name: {"name": name, "scopes": ["BASIC_READ"]}, ("name",)
    ),
    ("CreateScimTokenInput", "name"): Case("createScimToken", lambda name: {"name": name}, ("name",)),
    ("AddPasskeyInput", "name"): Case("addPasskey", lambda name: {"name": name, "credential": "{}"}, ("name",)),
    ("RenamePasskeyInput", "name"): Case("renamePasskey", lambda name: {"name": name}, ("name",)),
}
"""By input type and field."""


def name_fields() -> Iterator[tuple[str, str]]:
    """Those of the inputs of mutations, and of what is in them."""
    root = Operations().schema.mutation_type
    assert root is not None
    inputs = [get_named_type(argument.type) for field in root.fields.values() for argument in field.args.values()]
    for type_ in inputs:
        if isinstance(type_, GraphQLInputObjectType):
            for name, field in type_.fields.items():
                inner = get_named_type(field.type)
                if inner not in inputs:
                    inputs.append(inner)
                if inner.name == "String" and (name.lower().endswith("name") or name == "city"):
                    yield type_.name, name


async def test_every_name_of_the_schema_is_tested() -> None:
    assert set(name_fields()) == set(CASES)


async def some_template(client: Client) -> dict[str, Any]:
    """The id and version of a template that Ada makes."""
    text = """mutation ($input: CreateAccessTemplateInput!) { createAccessTemplate(input: $input) {
      accessTemplate { id version } } }"""
    made = await ask(client, ADA, text, input={"name": f"Template {uuid4().hex}"})
    template: dict[str, Any] = made["createAccessTemplate"]["accessTemplate"]
    return template


async def some_passkey(client: Client) -> dict[str, Any]:
    """The id of a passkey that Ada adds."""
    token = await client.session(ADA)
    start = "mutation { startPasskeyRegistration(input: {}) { options } }"
    options = (await client.data(start, token))["startPasskeyRegistration"]["options"]
    text = """mutation ($input: AddPasskeyInput!) { addPasskey(input: $input) {
      viewer { secondFactors { passkeys { id } } } } }"""
    made = {"credential": Authenticator(BASE_URL).create(options), "name": "Phone"}
    viewer = (await client.data(text, token, input=made))["addPasskey"]["viewer"]
    return {"id": viewer["secondFactors"]["passkeys"][0]["id"]}


async def rejections(client: Client, case: Case, name: str) -> list[Fields]:
    """The errors of the mutation with this name."""
    input_ = case.input(name)
    if case.mutation == "updateUser":
        user = await find_user(client, ADA, "sue@acme")
        input_ |= {"id": user["id"], "version": user["version"]}
    if case.mutation == "updateAccessTemplate":
        input_ |= await some_template(client)
    if case.mutation == "renamePasskey":
        input_ |= await some_passkey(client)
    if case.mutation == "activateUser":
        link = await activation_token(client.backend.mutation_context, "pat@acme.example")
        input_ |= {"token": link, "password": "a lamp, 4 herons & rain"}
    if case.mutation == "activateUserWithPasskey":
        # Of a link of its own: attempts to use one are limited.
        email = f"{uuid4().hex}@acme.example"
        await invited(client.backend.mutation_context, email)
        input_ = MADE | input_ | {"token": await activation_token(client.backend.mutation_context, email)}
    type_ = case.mutation[0].upper() + case.mutation[1:] + "Input"
    text = f"mutation ($input: {type_}!) {{ {case.mutation}(input: $input) {{ errors {{ code path }} }} }}"
    who = STAFF if case.mutation in ("createOrganization", "createContractAccount", "createDeliveryAccount") else ADA
    who = STAFF if case.mutation == "createService" else who
    errors: list[Fields] = (await ask(client, who, text, input=input_))[case.mutation]["errors"]
    return errors


@pytest.mark.parametrize("field", CASES, ids=".".join)
async def test_a_name_that_hides_or_links_is_rejected(client: Client, field: tuple[str, str]) -> None:
    case = CASES[field]
    expected = [{"code": "INVALID", "path": ["input", *case.path]}]
    for name in [*HIDING, *LINKING, *([DOMAIN] if case.of_user else [])]:
        assert await rejections(client, case, name) == expected


@pytest.mark.parametrize("field", ["firstName", "lastName"])
@pytest.mark.parametrize("name", [HIDING[0], LINKING[0], DOMAIN])
async def test_the_form_of_the_activation_page_rejects_them_too(client: Client, field: str, name: str) -> None:
    link = await activation_token(client.backend.mutation_context, "pat@acme.example")
    form = {"token": link, "password": "a lamp, 4 herons & rain", "repeated": "a lamp, 4 herons & rain", field: name}
    answer = await client.http.post("/activate", data=form)
    assert answer.status_code == 422
    assert "name can&#39;t contain" in answer.text
