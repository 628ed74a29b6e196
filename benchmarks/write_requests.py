"""The mutations of `python -m benchmarks writes`, as HTTP requests, and the connection that sends them."""

import asyncio
import base64
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

CREATE = """mutation ($i: CreateUserInput!) {
  createUser(input: $i) { user { id email status version } errors { code path } }
}"""
UPDATE = """mutation ($i: UpdateUserInput!) {
  updateUser(input: $i) { user { id version permissions } errors { code path } }
}"""
CREATE_CLIENT = """mutation { createApiClient(input: {name: "Benchmark", scopes: [BASIC_READ]}) {
  apiClient { clientId } clientSecret errors { code path } } }"""
ACCOUNTS = "{ contractAccounts(first: 2) { nodes { id } } deliveryAccounts(first: 1) { nodes { id } } }"


class Rejected(Exception):
    """A response was not the expected one."""


@dataclass
class Connection:
    """A keep-alive connection to the server at `port`: one request after the other."""

    port: int
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, path: str, headers: dict[str, str], body: bytes) -> Any:
        """Returns the JSON of the response. Raises Rejected for any status but 200."""
        if self.streams is None or self.streams[0].at_eof():
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        lines = {"Host": "127.0.0.1", "Content-Length": str(len(body)), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        status, _, fields = (await reader.readuntil(b"\r\n\r\n")).decode().partition("\r\n")
        length = next(line for line in fields.splitlines() if line.lower().startswith("content-length:"))
        text = await reader.readexactly(int(length.partition(":")[2]))
        if status.split(" ")[1] != "200":
            raise Rejected(f"{status} {text[:300]!r}")
        return json.loads(text)

    async def graphql(self, token: str, query: str, key: str | None = None, **input_: Any) -> dict[str, Any]:
        """Returns the data of an operation. Raises Rejected if there are errors."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        body = json.dumps({"query": query, "variables": {"i": input_} if input_ else {}}).encode()
        answer = await self.send("/graphql", headers, body)
        if '"code"' in json.dumps(answer):
            raise Rejected(json.dumps(answer)[:300])
        data: dict[str, Any] = answer["data"]
        return data

    def close(self) -> None:
        """Close the connection."""
        if self.streams is not None:
            self.streams[1].close()


@dataclass
class Writer:
    """A caller with a connection of their own. `user` is who they update, `client` the credentials of their API
    client."""

    connection: Connection
    token: str
    access: dict[str, Any] = field(default_factory=dict)
    user: dict[str, Any] = field(default_factory=dict)
    client: tuple[str, str] | None = None
    updates: int = 0

    async def prepare(self) -> None:
        """Look up what the caller may assign, and create the user whom they update."""
        data = await self.connection.graphql(self.token, ACCOUNTS)
        self.access = {"contractAccounts": [node["id"] for node in data["contractAccounts"]["nodes"]]}
        self.user = await self.create_user()

    async def prepare_client(self) -> None:
        """Create the API client that gets tokens."""
        created = (await self.connection.graphql(self.token, CREATE_CLIENT))["createApiClient"]
        self.client = created["apiClient"]["clientId"], created["clientSecret"]

    async def create_user(self, key: str | None = None) -> dict[str, Any]:
        """Create a user with two permissions and two contract accounts; returns the user."""
        data = await self.connection.graphql(
            self.token,
            CREATE,
            key,
            email=f"{uuid4().hex}@writes.example",
            firstName="Kim",
            lastName="Lee",
            permissions=["SITES_SERVICES_VIEW"],
            **self.access,
        )
        user: dict[str, Any] = data["createUser"]["user"]
        return user

    async def create_user_with_key(self) -> None:
        """Create a user under an idempotency key."""
        await self.create_user(str(uuid4()))

    async def update_user(self) -> None:
        """Change the name and the contract accounts of the user."""
        self.updates += 1
        accounts = self.access["contractAccounts"][: 2 - self.updates % 2]
        data = await self.connection.graphql(
            self.token,
            UPDATE,
            id=self.user["id"],
            version=self.user["version"],
            firstName=f"Kim {self.updates}",
            contractAccounts=accounts,
        )
        self.user = data["updateUser"]["user"]

    async def get_token(self) -> None:
        """Get an access token."""
        assert self.client is not None
        credentials = base64.b64encode(":".join(self.client).encode()).decode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {credentials}"}
        body = urlencode({"grant_type": "client_credentials"}).encode()
        await self.connection.send("/oauth2/token", headers, body)


TOKEN = "token"
MUTATIONS: dict[str, Callable[[Writer], Any]] = {
    "createUser": Writer.create_user,
    "createUser, key": Writer.create_user_with_key,
    "updateUser": Writer.update_user,
    TOKEN: Writer.get_token,
}


def spread(tokens: list[str], count: int) -> Iterator[str]:
    """The tokens of `count` writers: all tokens in turn."""
    return itertools.islice(itertools.cycle(tokens), count)
