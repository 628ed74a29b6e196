"""Whoever leaves at whatever moment, also while the policy changes, leaves no place taken: no connection, no thread, no
turn in a queue. Nobody gets more back than was reserved."""

import asyncio
from itertools import count
from pathlib import Path
from random import Random

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from authz.policy import Policy
from resolvers.fair_queue import FairQueue
from resolvers.policy_analysis.question_cache import QUESTIONS
from tests.support.charged_operations import remaining
from tests.support.paths import POLICY
from tests.support.server import Client, add_demo_world, serving

CALLS = 150
LONGEST = 0.08
"""The longest time after which a caller leaves, in seconds."""

SOON = 60.0

ORGANIZATION = f'input: {{organization: "org_{named_key(ACME)}"}}'

numbers = count()


def operation(random: Random) -> dict[str, str]:
    """One of many operations, nearly always with a statement of its own."""
    name = f"x{next(numbers)}"
    return {
        "query": random.choice(
            [
                f"{{ {name}: users {{ totalCount nodes {{ id viewerCan contractAccounts {{ nodes {{ id }} }} }} }} }}",
                f"{{ {name}: services {{ nodes {{ code deliveryAccount {{ name }} }} pageInfo {{ hasNextPage }} }} }}",
                "{ users { nodes { displayName } } }",
                f'{{ {name}: whoCan(action: VIEW, on: "usr_{named_key("sam@acme.example")}") {{ totalCount }} }}',
                f"mutation {{ {name}: createAccessReview({ORGANIZATION}) {{ errors {{ code }} }} }}",
            ]
        )
    }


def queues(client: Client) -> list[FairQueue]:
    backend = client.backend
    writing = backend.mutation_context.places
    assert writing is not None
    return [
        backend.pool.queue,
        backend.pool.planning,
        backend.preparing.queue,
        writing,
        QUESTIONS._cache.thread.queue,
    ]


async def until_free(client: Client, places: list[int]) -> None:
    async with asyncio.timeout(SOON):
        while [queue.free for queue in queues(client)] != places or any(queue.waiting() for queue in queues(client)):
            await asyncio.sleep(0.01)


async def test_an_operation_with_many_questions_gets_all_answers(database_url: str, tmp_path: Path) -> None:
    """They share few connections, and one thread."""
    await add_demo_world(database_url)
    async with serving(database_url, tmp_path) as client:
        ada = await client.session("ada@acme.example")
        services = (await client.data("{ services { nodes { id } } }", ada))["services"]["nodes"]
        ask = 'a{0}: whoCan(action: VIEW, on: "{1}", first: 5) {{ holders {{ ways {{ rules }} }} }}'
        questions = [ask.format(number, services[number % len(services)]["id"]) for number in range(60)]
        answers = await client.data(f"{{ {' '.join(questions)} }}", ada)
        assert all(answer["holders"] for answer in answers.values())


@pytest.mark.parametrize("seed", range(2))
async def test_whoever_leaves_leaves_no_place_taken(database_url: str, tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    await add_demo_world(database_url)
    async with serving(database_url, tmp_path, mail_worker=False, cost_refill=1) as client:
        places = [queue.free for queue in queues(client)]
        emails = ["ada@acme.example", "ben@acme.example", "max@globex.example", "staff@portico.example"]
        tokens = {email: await client.session(email) for email in emails}
        for _ in range(20):
            answer = await client.answer(operation(random)["query"], tokens["ada@acme.example"])
            assert answer["data"], answer
        before = {email: await remaining(client, token) for email, token in tokens.items()}

        async def call_and_leave() -> None:
            token = random.choice([*tokens.values(), None])
            headers = {"Idempotency-Key": f"key-{random.randrange(20)}"} if random.random() < 0.5 else {}
            call = asyncio.create_task(client.post(operation(random), token, **headers))
            await asyncio.wait([call], timeout=random.uniform(0, LONGEST))
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)

        for number in range(CALLS // 15):
            await asyncio.gather(*(call_and_leave() for _ in range(15)))
            if number % 3 == 0:
                policy = Policy(f"{POLICY.read_text()}\n# {number}\n", POLICY.name)
                client.application.state.backend = client.backend.with_policy(policy)
        await until_free(client, places)
        token = await client.session("ada@acme.example")
        assert (await client.data("{ viewer { user { email } } }", token))["viewer"]
        after = {email: await remaining(client, await client.session(email)) for email in emails}
        assert all(after[email] <= before[email] for email in emails)
