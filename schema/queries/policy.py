"""The queries about the access policy itself, for staff: the one in force, and what an edit of it would mean."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import fields
from typing import Annotated, Any, TypeVar

import strawberry

from authz.language.diagnostics import Diagnostic, Severity
from resolvers.errors import MutationRejected
from resolvers.fair_queue import Flow
from resolvers.policy_analysis.authorize import require_policy_reader
from resolvers.policy_analysis.edits import playground
from resolvers.policy_analysis.edits.playground import LiveDifference, Playground
from resolvers.policy_analysis.history import Activation
from resolvers.transaction.access_query import run_access_query
from resolvers.transaction.unit_of_work import UnitOfWork
from schema.declare.scalars import DateTime, LongText
from schema.execution.execution import graphql_errors
from schema.execution.read_payload import Info
from schema.types.policy import (
    AccessPolicy,
    PolicyActivation,
    PolicyDiff,
    PolicyFinding,
    PolicyLiveChange,
    PolicyLiveDifference,
    PolicyRule,
    PolicyTally,
    PolicyTraitDifference,
)

T = TypeVar("T")

SOURCE = (
    f"The source of the edited policy, at most {playground.MAX_SOURCE_BYTES:,} bytes. It is tried out beside the "
    "policy in force, which stays in force."
)


async def policy(info: Info) -> AccessPolicy | None:
    """Resolves `policy`."""
    path = str(info.path.key)
    found = await _authorized(info, lambda work: playground.read_policy(work, path))
    text, file = found.policy.source
    return AccessPolicy(
        version=found.policy.version,
        file=file,
        source=text,
        rules=[_copy(PolicyRule, rule) for rule in found.rules],
        warnings=_findings(found.policy.warnings),
        activation=_activation(found.activation) if found.activation else None,
        history=list(map(_activation, found.history)),
    )


async def policy_check(
    info: Info, source: Annotated[LongText, strawberry.argument(description=SOURCE)]
) -> list[PolicyFinding] | None:
    """Resolves `policyCheck`. The policy in force gives its file's name to the findings, and nothing else."""
    flow = await _flow(info, source, playground.authorize_check)
    file = info.context.context.writing.policy.source[1]
    return _findings(await _playground(info).check(file, source, flow))


async def policy_diff(
    info: Info, source: Annotated[LongText, strawberry.argument(description=SOURCE)]
) -> PolicyDiff | None:
    """Resolves `policyDiff`. It holds no connection meanwhile, so the caller must be authorized again at the end."""
    context, path = info.context.context, str(info.path.key)
    flow = await _flow(info, source, playground.authorize_comparison)
    edit = await _playground(info).compare(context.writing.policy, source, flow)
    await _authorized(info, lambda work: require_policy_reader(work, path))
    return PolicyDiff(
        version=edit.version,
        loads=not any(finding.severity is Severity.ERROR for finding in edit.findings),
        findings=_findings(edit.findings),
        live=_live(edit.live) if edit.live else None,
        summary=edit.summary,
        traits=[_copy(PolicyTraitDifference, difference) for difference in edit.traits],
    )


async def _authorized(info: Info, query: Callable[[UnitOfWork], Awaitable[T]]) -> T:
    context = info.context.context
    try:
        return await run_access_query(context.writing, context.caller, query)
    except MutationRejected as rejected:
        raise graphql_errors(rejected)[0] from rejected


async def _flow(info: Info, source: str, authorize: Callable[[UnitOfWork, str, str], Awaitable[Flow]]) -> Flow:
    path = str(info.path.key)
    return await _authorized(info, lambda work: authorize(work, source, path))


def _playground(info: Info) -> Playground:
    found = info.context.context.playground
    assert found is not None, "a server has one"
    return found


def _findings(findings: Iterable[Diagnostic]) -> list[PolicyFinding]:
    return [_copy(PolicyFinding, finding) for finding in findings]


def _activation(activation: Activation) -> PolicyActivation:
    return _copy(PolicyActivation, activation, at=DateTime(activation.at))


def _live(live: LiveDifference) -> PolicyLiveDifference:
    kinds = "by_action", "by_organization", "by_kind", "by_rule"
    tallies = {name: [_copy(PolicyTally, tally) for tally in getattr(live, name)] for name in kinds}
    changes = [_copy(PolicyLiveChange, change) for change in live.changes]
    return _copy(PolicyLiveDifference, live, **tallies, changes=changes)


def _copy(type_: type[T], value: object, **others: Any) -> T:
    """An object of a GraphQL type with the values of the same names, or `others`."""
    names = [field.name for field in fields(type_) if field.name not in others]  # type: ignore[arg-type]
    return type_(**{name: getattr(value, name) for name in names}, **others)
