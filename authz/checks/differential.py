"""The fourth gate: the compiled predicates against Oso's own answers on concrete rows of random worlds.

Oso evaluates a policy on concrete values by another road than partially, so a condition that the compilation lost or
changed shows up as a row on which the two disagree. The same worlds show whether one sees all with which one may do
something, and whether what one sees leads to what one must see too: an edge of the public contract that is never null.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any as Anything

from authz.actor import ActorKind, Traits
from authz.checks.random_worlds import NamedValues, sample_identity, sample_traits, sample_world
from authz.compiler.compiler import Compiler
from authz.compiler.oso_engine import RESOURCE_CLASSES, EngineError, concrete_actor
from authz.language.diagnostics import Diagnostic
from authz.model.resources import ACTIONS, Column, Relation, ResourceFlag, attributes
from authz.predicates.evaluate import Row, World, holds
from authz.predicates.nodes import Decision, Identity, Source
from models import ApiClient, Base

_SEED = 20240117
_WORLDS = 100
_ALLOWED, _NEAR, _FAR = 8, 6, 2


class _Nothing:
    """What a null column or a relation that leads nowhere is to Oso: it equals `nil` only, and all else denies."""

    def __init__(self, is_nil: bool) -> None:
        self._is_nil = is_nil

    def __eq__(self, other: object) -> bool:
        return self._is_nil and other is None

    def __ne__(self, other: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = __ne__
    __hash__ = object.__hash__

    def __getattr__(self, name: str) -> "_Nothing":
        return _BEYOND


_NULL, _BEYOND = _Nothing(True), _Nothing(False)


@dataclass(frozen=True)
class DecisionCase:
    """One action with its decision for some traits."""

    traits: Traits
    action: str
    model: type[Base]
    decision: Decision


@dataclass(frozen=True)
class TestScene:
    """A world, who asks in it, and its rows as objects that Oso can follow from one to the next."""

    world: World
    identity: Mapping[Identity, str | None]
    concrete: "ConcreteRows"


def validate_translation(
    compiler: Compiler, file: str, named: NamedValues, actions: Mapping[type[Base], Iterable[str]] = ACTIONS
) -> Iterator[Diagnostic]:
    """Findings about `compiler`'s policy. `named` are the values with which its rules compare columns."""
    random = Random(_SEED)  # noqa: S311 - the same worlds every time, and no secrets
    worlds = [sample_world(random, named) for _ in range(_WORLDS)]
    scenes = {
        kind: [TestScene(world, sample_identity(random, world, kind), ConcreteRows()) for world in worlds]
        for kind in ActorKind
    }
    reported: set[tuple[str, ...]] = set()
    for traits in sample_traits(random):
        cases = [
            DecisionCase(traits, str(action), model, compiler.decision(traits, str(action), model))
            for model, of_model in actions.items()
            for action in of_model
        ]
        for case in cases:
            key = (traits.kind, case.action, case.model.__name__)
            if key not in reported and (finding := _disagreement(compiler, case, scenes[traits.kind], file, random)):
                reported.add(key)
                yield finding
        views = {case.model: case.decision for case in cases if case.action == "view"}
        for case in cases:
            unseen = ("unseen", case.action, case.model.__name__)
            if unseen not in reported and (source := _unseen(case, views, scenes[traits.kind])):
                reported.add(unseen)
                yield _unseen_finding(case, source)
        for model, name, source in _broken_edges(views, scenes[traits.kind]):
            if (model, name) not in reported:
                reported.add((model, name))
                yield _edge_finding(model, name, source)


def _disagreement(
    compiler: Compiler, case: DecisionCase, scenes: list[TestScene], file: str, random: Random
) -> Diagnostic | None:
    for scene, row, compiled in _discriminating_rows(case, scenes, random):
        if compiled != _asked(compiler, case, scene.identity, scene.concrete.of(row)):
            return _disagreement_finding(case, compiled, file)
    return None


def _discriminating_rows(
    case: DecisionCase, scenes: list[TestScene], random: Random
) -> Iterator[tuple[TestScene, Row, bool]]:
    """Some rows that are allowed, one at least for each branch that any row satisfies, and some that are not, most of
    them close to the actor.
    """
    untold = set(case.decision.branches)
    allowed = 0
    near: list[tuple[TestScene, Row, bool]] = []
    far: list[tuple[TestScene, Row, bool]] = []
    for scene in scenes:
        for row in scene.world.rows(case.model):
            if not holds(case.decision.where, row, scene.identity):
                own = row.values.get("organization_id") == scene.identity[Identity.ORGANIZATION_ID]
                (near if own else far).append((scene, row, False))
                continue
            told = {branch for branch in untold if holds(branch.where, row, scene.identity)}
            if told or allowed < _ALLOWED:
                untold -= told
                allowed += 1
                yield scene, row, True
    yield from random.sample(near, min(_NEAR, len(near)))
    yield from random.sample(far, min(_FAR, len(far)))


def _asked(compiler: Compiler, case: DecisionCase, identity: Mapping[Identity, str | None], resource: object) -> bool:
    actor = concrete_actor(case.traits, {each: value or _BEYOND for each, value in identity.items()})
    try:
        return compiler.engine.holds("allow", actor, case.action, resource)
    except EngineError:
        return False


class ConcreteRows:
    """Rows of one world as objects of the classes that Oso knows."""

    def __init__(self) -> None:
        self._objects: dict[int, object] = {}

    def of(self, row: Row) -> object:
        """The object of `row`."""
        known = self._objects.get(id(row))
        if known is not None:
            return known
        made = RESOURCE_CLASSES[row.model.__name__]()
        self._objects[id(row)] = made
        for name, attribute in attributes(row.model).items():
            setattr(made, name, self._value(row, name, attribute))
        return made

    def _value(self, row: Row, name: str, attribute: object) -> Anything:
        match attribute:
            case Relation():
                related = [self.of(each) for each in row.related(attribute)]
                return related if attribute.many else (related[0] if related else _NULL)
            case Column() | ResourceFlag():
                value = row.values[name]
                return _NULL if value is None else value


def _disagreement_finding(case: DecisionCase, compiled: bool, file: str) -> Diagnostic:
    source = case.decision.branches[0].sources[0] if case.decision.branches else Source(file, 1)
    effect = "allows" if compiled else "refuses"
    return Diagnostic(
        source.file,
        source.line,
        1,
        f'allow({case.traits.kind}, "{case.action}", {case.model.__name__})',
        f"The SQL made of these rules {effect} a row on which the rules themselves say the opposite.",
        "Say it with simpler conditions: a column compared with a literal or the actor, or an element of a relation.",
    )


def _unseen(case: DecisionCase, views: Mapping[type[Base], Decision], scenes: list[TestScene]) -> Source | None:
    """The rule that allows to do something with a row that is not seen, if any does."""
    view = views.get(case.model, case.decision)
    for scene in scenes if case.decision.where != view.where else ():
        for row in scene.world.rows(case.model):
            if holds(case.decision.where, row, scene.identity) and not holds(view.where, row, scene.identity):
                branches = case.decision.branches
                return next(each for each in branches if holds(each.where, row, scene.identity)).sources[0]
    return None


def _unseen_finding(case: DecisionCase, source: Source) -> Diagnostic:
    return Diagnostic(
        source.file,
        source.line,
        1,
        f'allow({case.traits.kind}, "{case.action}", {case.model.__name__})',
        "By this rule, some actor may do this with a row that they may not view.",
        "Ask for all that a rule for `view` asks for, too.",
    )


def _broken_edges(views: Mapping[type[Base], Decision], scenes: list[TestScene]) -> Iterator[tuple[str, str, Source]]:
    """The to-one relations that lead from a row that is seen to one that is not: type, relation, rule that shows it."""
    for scene in scenes:
        for model, decision in views.items():
            for row in scene.world.rows(model):
                if not holds(decision.where, row, scene.identity):
                    continue
                for name, edge in _public_edges(model, views):
                    if not all(holds(views[edge.target].where, end, scene.identity) for end in row.related(edge)):
                        shown = next(each for each in decision.branches if holds(each.where, row, scene.identity))
                        yield model.__name__, name, shown.sources[0]


def _public_edges(model: type[Base], views: Mapping[type[Base], Decision]) -> Iterator[tuple[str, Relation]]:
    """The edges that the contract promises: not those that may lead nowhere whoever looks, and are null then; nor those
    of an API client, which knows itself, whatever else its scopes keep from it."""
    if model is ApiClient:
        return
    for name, attribute in attributes(model).items():
        if not isinstance(attribute, Relation) or attribute.many or attribute.unconstrained:
            continue
        if attribute.target in views:
            yield name, attribute


def _edge_finding(model: str, name: str, source: Source) -> Diagnostic:
    return Diagnostic(
        source.file,
        source.line,
        1,
        f"{model}.{name}",
        f"Some actor sees a {model} by this rule, and not its {name}, which the public contract promises with it.",
        f"Allow to view the {name} too, or limit this rule to what is seen together with it.",
    )
