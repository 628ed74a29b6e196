"""The options `--user` and `--client`: the actor whose access a command shows."""

from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.policy.database_context import find_one, id_of
from authz.policy import Policy
from models import ApiClient, User
from resolvers.policy_analysis.explained_actor import ExplainedActor, find_client, find_subject
from resolvers.types.user import UserStatus

OfUser = Annotated[str | None, typer.Option("--user", help="The user: email or id.")]
OfClient = Annotated[str | None, typer.Option("--client", help="The API client, in place of a user: id or name.")]


def require_one_actor(user: str | None, client: str | None) -> None:
    """Raise BadParameter unless there is a user or a client, and not both."""
    if (user is None) == (client is None):
        raise typer.BadParameter("Name one actor: either a user or an API client.", param_hint="--user / --client")


async def find_actor(connection: AsyncConnection, user: str | None, client: str | None) -> ExplainedActor:
    """The only user or client of that name, active or not. Raises ResourceNotFound as `find_one`."""
    if client is not None:
        found = await find_client(connection, (await find_one(connection, [ApiClient], client)).id)
    else:
        assert user is not None
        found = await find_subject(connection, (await find_one(connection, [User], user)).id)
    assert found is not None, "it was just found"
    return found


def why_not_acting(actor: ExplainedActor, policy: Policy) -> str | None:
    """The unmet condition that every actor must meet before any rule is evaluated; None if all are met."""
    if actor.client and actor.client.revoked:
        return "the API client is not revoked"
    if actor.status is not UserStatus.ACTIVE:
        return f"the {'owner' if actor.client else 'user'} is active ({actor.status.lower()})"
    return None if actor.may_act(policy) else "the owner has the capability makes_api_clients"


def actor_json(actor: ExplainedActor) -> dict[str, Any]:
    """The actor in JSON output: `user`, and `client` for an API client, whose owner the user is."""
    client = actor.client
    return {
        "user": {"id": id_of(User, actor.actor.id), "email": actor.email, "status": actor.status},
        "client": client and {"id": id_of(ApiClient, client.id), "name": client.name, "revoked": client.revoked},
    }
