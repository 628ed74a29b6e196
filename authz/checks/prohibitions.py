"""Checks that a policy never allows what `policies.never` says (`prohibition_sentences.py`), for all actors and rows.

For each combination of traits that the rules tell apart, the compiled predicate must imply that the row is not one of
those that the sentence is about. Most predicates show it by their form; for the others, a model finder looks for a
counterexample (`authz/counterexamples`). A sentence that can't be decided counts as broken.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from authz.actor import ActorKind, Identity, Traits
from authz.checks.all_traits import DecisionsForAllTraits
from authz.checks.progress import work_on
from authz.checks.prohibition_conditions import ExceptionCompiler
from authz.checks.prohibition_sentences import FILE, Prohibition
from authz.checks.trait_combinations import combinations, is_valid
from authz.counterexamples.compare import Side, crossing, find_difference, is_covered
from authz.counterexamples.formulas import TRUE
from authz.counterexamples.witness import Nothing, Witness
from authz.counterexamples.words import actor_in_words, rows_in_words
from authz.explain.derivations import Derivation, DerivationBuilder
from authz.language.diagnostics import Diagnostic
from authz.lint.linter import LintResult
from authz.lint.trait_dependence import Dependence
from authz.model.actions import ACTIONS, CAPABILITIES, Capability
from authz.predicates.evaluate import holds
from authz.predicates.nodes import FALSE, Branch, Compare, Decision, Operator
from authz.predicates.nodes import TRUE as EVERY_ROW
from authz.predicates.simplify import implies
from models import Base, Organization

_NOWHERE = Decision((), FALSE)
_SUGGESTION = f"Narrow this rule. {FILE}, beside the policy, has the prohibitions."


@dataclass(frozen=True, slots=True)
class ProhibitionCheck:
    """Checks sentences against the rules of one policy, whose decisions are `rules`."""

    rules: DecisionsForAllTraits
    linted: LintResult
    exceptions: ExceptionCompiler

    def broken(self, prohibitions: Iterable[Prohibition]) -> Iterator[Diagnostic]:
        """Yields an error for each action and each capability that breaks a sentence."""
        for prohibition in prohibitions:
            actions: Iterable[tuple[type[Base], str]] = prohibition.actions
            capabilities: Iterable[tuple[Capability, str]] = prohibition.capabilities
            if prohibition.more_than_owner:
                actions = [(model, str(action)) for model, of_model in ACTIONS.items() for action in of_model]
                capabilities = [
                    (each, str(value)) for each, values in CAPABILITIES.items() for value in values or ("",)
                ]
            for model, action in actions:
                yield from self._broken_by_action(prohibition, model, action)
            by_rule = {
                finding.line: finding
                for capability, value in reversed(list(capabilities))
                for finding in self._broken_by_capability(prohibition, capability, value)
            }
            yield from by_rule.values()

    def _broken_by_action(self, prohibition: Prohibition, model: type[Base], action: str) -> Iterator[Diagnostic]:
        kind = prohibition.actors.kind
        dependence = self.rules.dependence(kind, action, model.__name__)
        if (kind.value, action, model.__name__) not in self.linted.entry_dependences:
            return
        work_on(kind.value, action, model.__name__)
        if prohibition.more_than_owner:
            dependence |= self.rules.dependence(ActorKind.MEMBER, action, model.__name__)
        elif prohibition.unless:
            dependence |= self.exceptions.dependence(prohibition, model)
        seen: set[object] = set()
        for traits in self._actors(prohibition, dependence):
            allowed, excused = self._sides(prohibition, traits, action, model)
            key = allowed.decision, excused.decision
            if key in seen and not (allowed.depends_on_actor or excused.depends_on_actor):
                continue
            seen.add(key)
            if _is_obeyed(prohibition, allowed, excused, model):
                continue
            also = crossing(model) if prohibition.across_border else TRUE
            found = find_difference(allowed, excused, model, traits, also)
            if found != Nothing(proved=True):
                yield self._finding(prohibition, action, model, allowed, found)
                return

    def _sides(self, prohibition: Prohibition, traits: Traits, action: str, model: type[Base]) -> tuple[Side, Side]:
        """Returns what is allowed, and what of that the sentence permits."""
        allowed = Side(self.rules, traits, self.rules.decision(traits, action, model))
        if prohibition.more_than_owner:
            owner = traits.owner_traits
            return allowed, Side(self.rules, owner, self.rules.decision(owner, action, model))
        if prohibition.unless:
            return allowed, Side(self.rules, traits, self.exceptions.decision(prohibition, traits, model))
        return allowed, Side(self.rules, traits, _NOWHERE)

    def _actors(self, prohibition: Prohibition, dependence: Dependence) -> Iterator[Traits]:
        actors = prohibition.actors
        dependence |= Dependence(
            frozenset({"audience"} if actors.audience else ()), frozenset(actors.holding | actors.lacking)
        )
        matching = filter(actors.matches, combinations(actors.kind, dependence))
        return filter(is_valid, matching)

    def _finding(
        self, prohibition: Prohibition, action: str, model: type[Base], allowed: Side, found: Witness | Nothing
    ) -> Diagnostic:
        branch = allowed.decision.branches[0]
        if isinstance(found, Witness):
            branch = next(each for each in allowed.decision.branches if _holds(each, found))
            example = "; ".join(rows_in_words(found.shown))
            reason = f"It lets {actor_in_words(found.traits)} {action} {example}."
        else:
            reason = "Whether it obeys the prohibition could not be decided within the limits of the search."
        verb = "breaks" if isinstance(found, Witness) else "may break"
        rule = branch.sources[0]
        columns = {each.span.line: each.span.column for each in reversed(self.linted.rules)}
        text = f'allow({allowed.traits.kind}, "{action}", {model.__name__})'
        breaks = f"This rule {verb} line {prohibition.line} of {FILE}, `{prohibition.text}`. {reason}"
        return Diagnostic(rule.file, rule.line, columns.get(rule.line, 1), text, breaks, _SUGGESTION)

    def _broken_by_capability(
        self, prohibition: Prohibition, capability: Capability, value: str
    ) -> Iterator[Diagnostic]:
        builder, values = DerivationBuilder("", "", self.linted.rules), (value,) if value else ()
        kind = prohibition.actors.kind
        own = builder.for_rule(kind, capability, *values)
        owners = builder.for_rule(ActorKind.MEMBER, capability, *values) if prohibition.more_than_owner else []
        if all(any(_includes(path, other) for other in owners) for path in own):
            return
        dependence = self.rules.dependence(kind, capability)
        if prohibition.more_than_owner:
            dependence |= self.rules.dependence(ActorKind.MEMBER, capability)
        asked = {each(value) for each in dependence.whole_lists if value in tuple(each)}
        for traits in self._actors(prohibition, dependence | Dependence(values=frozenset(asked))):
            path = next((path for path in own if _is_open(path, traits)), None)
            if path and not any(_is_open(other, traits.owner_traits) for other in owners):
                question = f"{capability} {value}".rstrip()
                reason = f"It lets {actor_in_words(traits)} {question}."
                rule = next(rule for rule in self.linted.rules if rule.span.line == path.rules[0].line)
                breaks = f"This rule breaks line {prohibition.line} of {FILE}, `{prohibition.text}`. {reason}"
                place = rule.span.line, rule.span.column
                yield Diagnostic(self.exceptions.file, *place, rule.name, breaks, _SUGGESTION)
                return


def _is_obeyed(prohibition: Prohibition, allowed: Side, excused: Side, model: type[Base]) -> bool:
    """Whether the form of the predicates shows that no row is allowed which the sentence is about.

    What a client may assign, its owner may; the same sentence says so. So the flag of a client implies that of its
    owner.
    """
    if prohibition.across_border:
        own = Compare(("id" if model is Organization else "organization_id",), Operator.EQUAL, Identity.ORGANIZATION_ID)
        if all(implies(branch.where, own) for branch in allowed.decision.branches):
            return True
    if prohibition.more_than_owner:
        return implies(allowed.where, excused.where)
    return is_covered(allowed, excused)


def _holds(branch: Branch, witness: Witness) -> bool:
    return holds(branch.where, witness.row, witness.identity)


def _includes(path: Derivation, other: Derivation) -> bool:
    """Whether all conditions of `other` are among those of `path`."""
    return {(step, frozenset(step.variables.items())) for step in other.steps} <= {
        (step, frozenset(step.variables.items())) for step in path.steps
    }


def _is_open(path: Derivation, traits: Traits) -> bool:
    return all(step.predicate(traits)[1] == EVERY_ROW for step in path.steps)
