"""The cases of SCIM tokens: each succeeds once and is denied once, in an order in which they can run."""

from tests.support.mutations.audited import Case, Done, as_
from tests.support.queries import ask
from tests.support.server import Client

ADA, SAM = "ada@acme.example", "sam@acme.example"


async def on_scim_token(client: Client, who: str) -> Done:
    """A mutation of Ada's SCIM token."""
    query = "{ viewer { organization { provisioning { scimTokens { tokenId } } } } }"
    [token] = (await ask(client, ADA, query))["viewer"]["organization"]["provisioning"]["scimTokens"]
    return Done(who, {"id": token["tokenId"]})


OF_SCIM: dict[str, tuple[Case, Case | None]] = {
    "createScimToken": (as_(ADA, name="Okta"), as_(SAM, name="Okta")),
    "revokeScimToken": (lambda client: on_scim_token(client, ADA), lambda client: on_scim_token(client, SAM)),
}
