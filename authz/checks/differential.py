"""Translation validation: compares the compiled predicates with Oso's own decisions on concrete rows of random worlds.

Oso evaluates concrete values by other code than partial ones, so a condition that compilation lost or changed shows up
as a row on which the two disagree. The same worlds show whether an actor may view every row on which they may perform
an action, and every row that the GraphQL schema promises with one that they view: the target of a non-null edge.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any as Anything

from authz.actor import ActorKind, Identity
from authz.checks.cases import Cases, Decide, DecisionCase
from authz.checks.progress import work_on
from authz.checks.random_worlds import NamedValues, sample_identity, sample_traits, sample_world
from authz.compiler.compiler import Compiler
from authz.compiler.oso_engine import RESOURCE_CLASSES, EngineError, concrete_actor
from authz.language.ast import Source
from authz.language.diagnostics import Diagnostic
from authz.lint.linter import Entry
from authz.lint.trait_dependence import Dependence
from authz.model.actions import ACTIONS
from authz.model.resources import Column, Relation, ResourceFlag, attributes
from authz.predicates.evaluate import Row, World, holds
from authz.predicates.nodes import Decision, Predicate
from models import AccessRequest, ApiClient, Base

_SEED = 20240117
_WORLDS = 100
_ALLOWED, _NEAR, _FAR = 8, 6, 2
_AGAIN = 1
"""The number of rows of each sort for traits that differ from others in nothing that the rules name."""


class _Nothing:
    """What Oso gets for a null column or an empty to-one relation: it equals only `nil`, and anything else denies."""

    def __init__(self, is_nil: bool) -> None:
        self._is_nil = is_nil

    def __eq__(self, other: object) -> bool:
        return self._is_nil and other is None

    def __ne__(self, other: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = __ne__
    __hash__ = object.__hash__

    def __getattr__(self, name: str) -> "_Nothing":
        return _MISSING


_NULL, _MISSING = _Nothing(True), _Nothing(False)


@dataclass(frozen=True)
class TestScene:
    """A random world, an actor in it, and its rows as objects whose relations Oso can follow."""

    world: World
    identity: Mapping[Identity, str | None]
    concrete: "ConcreteRows"
    _allowed: dict[tuple[type[Base], int], list[bool]] = field(default_factory=dict)

    def allowed(self, model: type[Base], where: Predicate) -> list[bool]:
        """Returns for each row of `model` whether `where`, which `Cases` keeps, holds. The result is kept, too."""
        key = model, id(where)
        if key not in self._allowed:
            self._allowed[key] = [holds(where, row, self.identity) for row in self.world.rows(model)]
        return self._allowed[key]


def validate_translation(
    compiler: Compiler,
    file: str,
    named: NamedValues,
    actions: Mapping[type[Base], Iterable[str]] = ACTIONS,
    dependences: Mapping[Entry, Dependence] | None = None,
    *,
    decide: Decide | None = None,
) -> Iterator[Diagnostic]:
    """Yields errors in the translation of `compiler`'s policy: in what `decide` returns, or the compiler itself.

    `named` are the values that its rules compare with columns; `dependences` the traits that they name, if known.
    """
    all_cases = Cases(decide or compiler.decision, dependences)
    random = Random(_SEED)  # noqa: S311 - reproducible worlds, no secrets
    worlds = [sample_world(random, named) for _ in range(_WORLDS)]
    scenes = {
        kind: [TestScene(world, sample_identity(random, world, kind), ConcreteRows()) for world in worlds]
        for kind in ActorKind
    }
    reported: set[tuple[str, ...]] = set()
    for traits in sample_traits(random):
        cases = [all_cases.of(traits, str(action), model) for model, of_model in actions.items() for action in of_model]
        for case in cases:
            work_on(traits.kind.value, case.action, case.model.__name__)
            key = (traits.kind, case.action, case.model.__name__)
            if key not in reported and (error := _disagreement(compiler, case, scenes[traits.kind], file, random)):
                reported.add(key)
                yield error
        views = {case.model: case.decision for case in cases if case.action == "view"}
        for case in cases:
            unseen_key = ("unseen", case.action, case.model.__name__)
            if unseen_key not in reported and (source := _unseen(case, views, scenes[traits.kind])):
                reported.add(unseen_key)
                yield _unseen_finding(case, source)
        for model, name, source in _broken_edges(views, scenes[traits.kind]):
            if (model, name) not in reported:
                reported.add((model, name))
                yield _edge_finding(model, name, source)


def _disagreement(
    compiler: Compiler, case: DecisionCase, scenes: list[TestScene], file: str, random: Random
) -> Diagnostic | None:
    for scene, row, compiled in _discriminating_rows(case, scenes, random):
        if compiled != _oso_decision(compiler, case, scene.identity, scene.concrete.of(row)):
            return _disagreement_finding(case, compiled, file)
    return None


def _discriminating_rows(
    case: DecisionCase, scenes: list[TestScene], random: Random
) -> Iterator[tuple[TestScene, Row, bool]]:
    """Yields rows and whether they are allowed: at least one allowed row for each branch that any row satisfies, and
    denied rows, most of them close to the actor.
    """
    uncovered = set() if case.again else set(case.decision.branches)
    most_allowed, most_near, most_far = (_AGAIN,) * 3 if case.again else (_ALLOWED, _NEAR, _FAR)
    allowed = 0
    near: list[tuple[TestScene, Row, bool]] = []
    far: list[tuple[TestScene, Row, bool]] = []
    for scene in scenes:
        rows = scene.world.rows(case.model)
        for row, is_allowed in zip(rows, scene.allowed(case.model, case.decision.where), strict=True):
            if not is_allowed:
                same_organization = row.values.get("organization_id") == scene.identity[Identity.ORGANIZATION_ID]
                (near if same_organization else far).append((scene, row, False))
                continue
            covered = {branch for branch in uncovered if holds(branch.where, row, scene.identity)}
            if covered or allowed < most_allowed:
                uncovered -= covered
                allowed += 1
                yield scene, row, True
    yield from random.sample(near, min(most_near, len(near)))
    yield from random.sample(far, min(most_far, len(far)))


def _oso_decision(
    compiler: Compiler, case: DecisionCase, identity: Mapping[Identity, str | None], resource: object
) -> bool:
    actor = concrete_actor(case.traits, {name: value or _MISSING for name, value in identity.items()})
    try:
        return compiler.engine.holds("allow", actor, case.action, resource)
    except EngineError:
        return False


class ConcreteRows:
    """Rows of one world as objects of the classes that are registered with Oso."""

    def __init__(self) -> None:
        self._objects: dict[int, object] = {}

    def of(self, row: Row) -> object:
        """Returns the object for `row`."""
        existing = self._objects.get(id(row))
        if existing is not None:
            return existing
        concrete = RESOURCE_CLASSES[row.model.__name__]()
        self._objects[id(row)] = concrete
        for name, attribute in attributes(row.model).items():
            setattr(concrete, name, self._value(row, name, attribute))
        return concrete

    def _value(self, row: Row, name: str, attribute: object) -> Anything:
        match attribute:
            case Relation():
                related = [self.of(related_row) for related_row in row.related(attribute)]
                return related if attribute.many else (related[0] if related else _NULL)
            case Column() | ResourceFlag():
                value = row.values[name]
                return _NULL if value is None else value


def _disagreement_finding(case: DecisionCase, compiled: bool, file: str) -> Diagnostic:
    source = case.decision.branches[0].sources[0] if case.decision.branches else Source(file, 1)
    verb = "allows" if compiled else "denies"
    return Diagnostic(
        source.file,
        source.line,
        1,
        f'allow({case.traits.kind}, "{case.action}", {case.model.__name__})',
        f"The SQL compiled from these rules {verb} a row for which the rules themselves decide the opposite.",
        "Use simpler conditions: a column compared with a literal or the actor, or an element of a relation.",
    )


def _unseen(case: DecisionCase, views: Mapping[type[Base], Decision], scenes: list[TestScene]) -> Source | None:
    """Returns the rule that allows the action on a row that the actor may not view, or None."""
    view = views.get(case.model, case.decision)
    for scene in scenes if case.decision.where != view.where else ():
        may_act, sees = (scene.allowed(case.model, each.where) for each in (case.decision, view))
        for row, acts, seen in zip(scene.world.rows(case.model), may_act, sees, strict=True):
            if acts and not seen:
                branches = case.decision.branches
                return next(branch for branch in branches if holds(branch.where, row, scene.identity)).sources[0]
    return None


def _unseen_finding(case: DecisionCase, source: Source) -> Diagnostic:
    return Diagnostic(
        source.file,
        source.line,
        1,
        f'allow({case.traits.kind}, "{case.action}", {case.model.__name__})',
        "This rule lets an actor do this to a row that they may not view.",
        "Add the conditions of a `view` rule.",
    )


def _broken_edges(views: Mapping[type[Base], Decision], scenes: list[TestScene]) -> Iterator[tuple[str, str, Source]]:
    """Yields the to-one relations from a visible row to an invisible one: type, relation, rule that allows the view."""
    for scene in scenes:
        for model, decision in views.items():
            for row, seen in zip(scene.world.rows(model), scene.allowed(model, decision.where), strict=True):
                for name, edge in _public_edges(model, views) if seen else ():
                    if not all(holds(views[edge.target].where, target, scene.identity) for target in row.related(edge)):
                        viewing = next(
                            branch for branch in decision.branches if holds(branch.where, row, scene.identity)
                        )
                        yield model.__name__, name, viewing.sources[0]


def _public_edges(model: type[Base], views: Mapping[type[Base], Decision]) -> Iterator[tuple[str, Relation]]:
    """Yields the edges that the GraphQL schema promises.

    Excludes relations without a foreign key, which are nullable, those of an API client, which sees itself even if its
    scopes hide the rest, and those of an access request, whose requester may not see the requested account.
    """
    if model in (ApiClient, AccessRequest):
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
        f"This rule lets an actor view a {model} but not its {name}, which the GraphQL schema promises with it.",
        f"Allow viewing the {name} too, or limit this rule to rows whose {name} the actor may view.",
    )
