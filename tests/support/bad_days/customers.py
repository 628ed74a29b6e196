"""Customers who go on working, whatever happens: they read, and create users until the server says that it is done."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from app.audit.verify import ChainFilter, verify
from app.database.pools import normalize_url
from tests.support.resolver_fixtures import SOUTH
from tests.support.server_process import REQUEST_SECONDS, Server

READ = "{ services { totalCount } }"
CREATE = """mutation ($email: EmailAddress!, $account: ID!) {
  createUser(input: {email: $email, firstName: "Kim", lastName: "Lee", contractAccounts: [$account]}) {
    user { email } errors { code }
  }
}"""
STORED = """SELECT users.email,
  (SELECT count(*) FROM audit_events a WHERE a.subject_id = users.id AND a.kind = 'user.created') AS audited,
  (SELECT count(*) FROM one_time_tokens t WHERE t.user_id = users.id) AS links,
  (SELECT count(*) FROM outbox_mails m WHERE m.user_id = users.id) AS mails
FROM users WHERE starts_with(email, $1) ORDER BY 1"""

PAUSE = 0.1
"""Between two requests, in seconds. A real client would wait longer after a failure."""

PATIENCE_SECONDS = 120
"""How long anybody waits for what must happen. What they wait for is an event, so a test takes as long as that does."""

SETTINGS = {
    "PORTICO_COST_CAPACITY": "10000000",
    "PORTICO_COST_REFILL": "1000000",
    "PORTICO_READ_TIMEOUT": "PT60S",
}
"""The settings of their server. On a machine that does much else, the first query takes a while."""

AGAIN = ("UNAVAILABLE", "TIMED_OUT", "IDEMPOTENCY_IN_PROGRESS")
"""The codes of failures after which the same request is sent again."""


@dataclass
class Customers:
    """What was asked and how it went. A request that fails is sent again, a mutation under its idempotency key."""

    address: str
    token: str
    prefix: str = field(default_factory=lambda: f"kim-{uuid4().hex[:8]}-")
    """What the emails of the users begin with that they create."""

    created: list[str] = field(default_factory=list)
    reads: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    """How many answers had this code, or none came (`LOST`)."""

    wrong: list[str] = field(default_factory=list)
    """Answers that nobody should ever get."""

    _stopped: bool = False
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """Begin to work."""
        self._tasks = [asyncio.create_task(work()) for work in (self._read, self._create, self._create)]

    async def stop(self) -> None:
        """Finish what was begun."""
        self._stopped = True
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*self._tasks)

    async def progress(self, number: int = 3) -> None:
        """Wait until that many more users are created, and that many reads are answered."""
        reads, created = self.reads + number, len(self.created) + number
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.reads < reads or len(self.created) < created:
                await asyncio.sleep(0.05)

    async def until_failure(self, code: str) -> None:
        """Wait until some answer has this code, once more."""
        before = self.failures[code]
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.failures[code] == before:
                await asyncio.sleep(0.05)

    async def _read(self) -> None:
        while not self._stopped:
            answer = await self._ask({"query": READ}, {})
            self.reads += answer is not None
            await asyncio.sleep(PAUSE)

    async def _create(self) -> None:
        while not self._stopped:
            key = uuid4().hex
            email = f"{self.prefix}{key}@acme.example"
            body = {"query": CREATE, "variables": {"email": email, "account": f"ca_{SOUTH}"}}
            while (answer := await self._ask(body, {"Idempotency-Key": key})) is None:
                await asyncio.sleep(PAUSE)
            if answer["createUser"] != {"user": {"email": email}, "errors": []}:
                self.wrong.append(str(answer))
            self.created.append(email)
            await asyncio.sleep(PAUSE)

    async def _ask(self, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any] | None:
        """The data, or None if the request is to be sent again."""
        headers = {**headers, "Authorization": f"Bearer {self.token}"}
        try:
            # Without TLS, no certificates are needed. To load those of the system takes longer than the request.
            async with httpx.AsyncClient(base_url=self.address, timeout=REQUEST_SECONDS, verify=False) as http:
                response = await http.post("/graphql", json=body, headers=headers)
        except httpx.TransportError:
            self.failures["LOST"] += 1
            await asyncio.sleep(PAUSE)
            return None
        if "json" not in response.headers.get("Content-Type", ""):
            self.wrong.append(f"{response.status_code} {dict(response.headers)} {response.text}")
            return None
        answer = response.json()
        if "errors" not in answer:
            data: dict[str, Any] = answer["data"]
            return data
        code = answer["errors"][0]["extensions"]["code"]
        self.failures[code] += 1
        if code == "IDEMPOTENCY_ANSWER_LOST":
            return {"createUser": {"user": {"email": body["variables"]["email"]}, "errors": []}}
        if code not in AGAIN or "requestId" not in answer["errors"][0]["extensions"]:
            self.wrong.append(response.text)
        await asyncio.sleep(PAUSE)
        return None


async def customers_of(server: Server) -> Customers:
    """The customers of a server."""
    return Customers(str(server.http.base_url), await server.token())


async def expect_nothing_lost(url: str, customers: Customers) -> None:
    """Each user whose creation was confirmed is there once, whole, and so is everyone who is there. The audit trail is
    intact."""
    connection = await asyncpg.connect(normalize_url(url))
    there = [tuple(row.values()) for row in await connection.fetch(STORED, customers.prefix)]
    await connection.close()
    assert customers.wrong == [], customers.wrong[:3]
    assert [email for email, *_ in there] == sorted(customers.created)
    assert {tuple(counts) for _, *counts in there} == {(1, 1, 1)}
    trail = await verify(normalize_url(url), ChainFilter(), {}, lambda *_: None)
    assert trail.intact
    assert trail.events > len(customers.created)
