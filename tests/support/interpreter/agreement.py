"""Compares what Portico decides with what the interpreter does, for random policies in random worlds."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Any

from asyncpg.exceptions import PostgresError

from authz.compiler.oso_engine import EngineError
from authz.lint.linter import lint
from authz.model.actions import CAPABILITIES
from authz.policy import Policy
from tests.support.interpreter.interpreter import Interpreter, Row, World
from tests.support.interpreter.polar import parse
from tests.support.interpreter.policy_trees import RandomPolicy
from tests.support.interpreter.random_policies import Writer
from tests.support.interpreter.random_tables import actors, insert_tables, random_tables
from tests.support.interpreter.statements import selections, text_of, traits_of, visible

FILE = "random.polar"
ACTORS = 3
POLICIES_A_WORLD = 25
Tables = dict[str, list[Row]]


@dataclass(frozen=True)
class Question:
    """On which rows of `type` may an actor do `action`? With `needs_view`, only those that they may view are meant."""

    policy: int
    actor: Row
    action: str
    type: str
    needs_view: bool = False


@dataclass(frozen=True)
class Difference:
    """A decision that differs. `pair` is the actor, the action, and the row; or a capability, and its value."""

    policy: RandomPolicy
    tables: Tables
    pair: tuple[Row, str, Any]
    by_portico: str
    by_interpreter: str

    def __str__(self) -> str:
        rows = "\n".join(f"  {name} {row}" for name, several in self.tables.items() for row in several)
        actor, action, thing = self.pair
        parts = (f"{self.policy}", f"World:\n{rows}", f"Actor: {actor}", f"Action: {action}", f"On: {thing}")
        decisions = f"Portico {self.by_portico}, the interpreter {self.by_interpreter}."
        return "\n".join((*parts, decisions))


@dataclass
class Tally:
    """What was compared."""

    loaded: int = 0
    refused: int = 0
    answers: Counter[bool] = field(default_factory=Counter)


lint_once = lru_cache(1)(lint)
"""A policy is linted to see whether it would load, and when it is made: a test may let the second find the first."""


def loaded(policy: RandomPolicy) -> Policy | None:
    """Returns the policy as it would be loaded; None if the linter or Oso refuses it."""
    text = str(policy)
    try:
        return None if lint_once(text, FILE).diagnostics else Policy(text, FILE)
    except EngineError:
        return None


class Comparison:
    """A world that is stored, and the policies to be compared in it."""

    def __init__(self, connection: Any, tables: Tables, tally: Tally | None = None) -> None:
        self._connection, self._tables = connection, tables
        self._world, self._everybody = World(tables), actors(tables)
        self._tally = tally or Tally()
        self._capable: list[tuple[RandomPolicy, Policy, Row]] = []

    async def difference(self, policies: list[RandomPolicy], random: Random) -> Difference | None:
        """Returns the first decision that differs. Policies that are refused are skipped."""
        questions: list[Question] = []
        statements: list[str] = []
        found: dict[int, set[Any]] = {}
        for number, policy in enumerate(policies):
            for question, texts in list(self._asked(number, policy, random)):
                statements += [f"SELECT {len(questions)}, id FROM ({text}) AS found" for text in texts]
                found[len(questions)] = set()
                questions.append(question)
        for part in range(0, len(statements), 100):
            for number, id in await self._connection.fetch(" UNION ALL ".join(statements[part : part + 100])):
                found[number].add(id)
        for number, question in enumerate(questions):
            if (difference := self._compared(policies[question.policy], question, found[number])) is not None:
                return difference
        return next(filter(None, map(self._compared_capabilities, self._capable)), None)

    def _asked(self, number: int, policy: RandomPolicy, random: Random) -> Iterator[tuple[Question, list[str]]]:
        ready = loaded(policy)
        if ready is None:
            self._tally.refused += 1
            return
        questions = []
        asking = self._asking(policy, random)
        for actor in asking:
            for action, type_name in policy.asked:
                viewed = action != "view" and random.random() < 0.5
                texts = [visible(ready, actor, action, type_name)] if viewed else None
                texts = texts or list(selections(ready, actor, action, type_name, random))
                question = Question(number, actor, action, type_name, viewed)
                questions.append((question, [text_of(text, actor) for text in texts]))
        if ready.errors:
            self._tally.refused += 1
            return
        self._tally.loaded += 1
        self._capable += [(policy, ready, actor) for actor in asking[:1]]
        yield from questions

    def _asking(self, policy: RandomPolicy, random: Random) -> list[Row]:
        heads = " ".join(rule.head for rule in policy.rules if rule.head.startswith("allow"))
        named = [each for each in self._everybody if f": {each['kind of actor']}" in heads]
        return random.sample(named, min(ACTORS, len(named)))

    def _compared(self, policy: RandomPolicy, question: Question, found: set[Any]) -> Difference | None:
        interpreter = Interpreter(parse(str(policy)), self._world, question.actor)
        for row in self._tables[question.type]:
            expected = interpreter.holds("allow", question.action, row)
            if question.needs_view:
                expected = expected and interpreter.holds("allow", "view", row)
            expected = expected and within_border(question.actor, row)
            self._tally.answers[expected] += 1
            if expected is not (row["id"] in found):
                says = ("denies", "allows")
                pair = question.actor, question.action, row
                return Difference(policy, self._tables, pair, says[row["id"] in found], says[expected])
        return None

    def _compared_capabilities(self, of: tuple[RandomPolicy, Policy, Row]) -> Difference | None:
        policy, ready, actor = of
        interpreter = Interpreter(parse(str(policy)), self._world, actor)
        for capability, values in CAPABILITIES.items():
            held = ready.capability_values(traits_of(actor), capability)
            for value in values or ("",):
                expected = interpreter.holds(capability, *([str(value)] if value else []))
                if expected is not (value in held):
                    says = ("no", "yes")
                    pair = actor, str(capability), value
                    return Difference(
                        policy, self._tables, pair, f"says {says[value in held]}", f"says {says[expected]}"
                    )
        return None


def within_border(actor: Row, row: Row) -> bool:
    """Whether the row is of the actor's organization. Whatever a policy allows, members get no others."""
    organization_id = actor.get("owner", actor)["organization_id"]
    return bool(actor["kind of actor"] == "Staff" or row.get("organization_id", row["id"]) == organization_id)


@asynccontextmanager
async def stored(connection: Any, tables: Tables) -> AsyncIterator[None]:
    """Has the world in the database during the block."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await insert_tables(connection, tables)
        yield
    finally:
        await transaction.rollback()


async def first_difference(connection: Any, random: Random, policies: int, tally: Tally) -> Difference | None:
    """Compares as many policies that load, and returns the first difference."""
    difference = None
    while tally.loaded < policies and difference is None:
        tables = random_tables(random)
        async with stored(connection, tables):
            written = [Writer(random).policy() for _ in range(min(POLICIES_A_WORLD, policies - tally.loaded))]
            difference = await Comparison(connection, tables, tally).difference(written, random)
    return difference


async def smallest(connection: Any, difference: Difference) -> Difference:
    """Returns a difference with the least of the policy and of the world that it takes."""
    async with stored(connection, difference.tables):
        difference = await _with_less_policy(connection, difference)
    return await _with_less_world(connection, difference)


async def _again(connection: Any, policy: RandomPolicy, tables: Tables) -> Difference | None:
    """Compares one policy in several of the forms in which Portico may ask."""
    for seed in range(6):
        if (found := await Comparison(connection, tables).difference([policy], Random(seed))) is not None:
            return found
    return None


async def _with_less_policy(connection: Any, difference: Difference) -> Difference:
    for policy in difference.policy.smaller():
        if (found := await _again(connection, policy, difference.tables)) is not None:
            return await _with_less_policy(connection, found)
    return difference


async def _with_less_world(connection: Any, difference: Difference) -> Difference:
    for name, rows in difference.tables.items():
        for row in rows:
            less = {**difference.tables, name: [each for each in rows if each is not row]}
            try:
                async with stored(connection, less):
                    found = await _again(connection, difference.policy, less)
            except (PostgresError, KeyError):
                continue  # another row refers to this one
            if found is not None:
                return await _with_less_world(connection, found)
    return difference
