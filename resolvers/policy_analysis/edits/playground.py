"""What staff read of the policy in the API: the version in force and its history; and what an edit of it would mean.

Nothing here puts a policy in force, and nothing is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from authz.language.diagnostics import Diagnostic
from authz.language.meaning import title
from authz.policy import Policy
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.fair_queue import Flow
from resolvers.policy_analysis.authorize import require_policy_reader
from resolvers.policy_analysis.history import Activation, activations
from resolvers.rate_limits.flows import flow_of
from resolvers.transaction.unit_of_work import UnitOfWork

MAX_SOURCE_BYTES = 65_536
"""The length of the longest policy that can be tried out."""

MAX_ACTIVATIONS = 20
"""How many activations of the history are returned, the newest first."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many pairs of actor and resource were gained and lost, of one action, organization, kind of actor or rule."""

    name: str
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class LiveChange:
    """A user, or a client of theirs, who gains an action on a resource or loses it. `type` is "" for a capability.
    `line` is that of the deciding rule, in the version that allows it; 0 if there is none."""

    gained: bool
    action: str
    type: str
    user: str
    client: str
    resource: str
    organization: str
    rule: str
    line: int


@dataclass(frozen=True, slots=True)
class LiveDifference:
    """What an edit changes on today's data: all numbers, and some of the changes. `crossing` are those gained by actors
    of another organization than the resource."""

    gained: int
    lost: int
    crossing: int
    by_action: tuple[Tally, ...]
    by_organization: tuple[Tally, ...]
    by_kind: tuple[Tally, ...]
    by_rule: tuple[Tally, ...]
    changes: tuple[LiveChange, ...]


@dataclass(frozen=True, slots=True)
class TraitDifference:
    """What an edit changes for actors and rows that could exist, in words. `gained` and `lost` are examples: the actor
    and the rows, a line each; empty if there is none."""

    verdict: str
    action: str
    type: str
    actors: tuple[str, ...]
    was: str
    becomes: str
    crosses: bool
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyEdit:
    """What an edit of the policy would mean. `findings` are its errors or its warnings; with errors, there is nothing
    else. `live` is None if the comparison on today's data did not end in time."""

    version: str
    findings: tuple[Diagnostic, ...]
    live: LiveDifference | None = None
    summary: str = ""
    traits: tuple[TraitDifference, ...] = ()


class Playground(Protocol):
    """Tries out edits in processes of their own, one after the other, each within a limited time. Both methods raise
    QueueFull."""

    async def check(self, file: str, source: str, flow: Flow) -> Sequence[Diagnostic]:
        """Returns what the linter finds."""

    async def compare(self, policy: Policy, source: str, flow: Flow) -> PolicyEdit:
        """Checks the source, and compares it with `policy`."""


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """A rule by its head, and the lines of the source from its first to its last."""

    title: str
    line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """The policy in force, and the newest activations of the history. `activation` is that of the policy; None if it is
    not written down yet."""

    policy: Policy
    rules: Sequence[PolicyRule]
    activation: Activation | None
    history: Sequence[Activation]


async def read_policy(work: UnitOfWork, path: str) -> PolicyInForce:
    """Returns the policy in force, for whoever may read it. Raises `MutationRejected` as `require_policy_reader`."""
    await require_policy_reader(work, path)
    policy = work.context.policy
    history = await activations(work.connection, MAX_ACTIVATIONS)
    own = next((activation for activation in history if activation.version == policy.version), None)
    text = policy.source[0]
    rules = [PolicyRule(title(rule), rule.span.line, text.count("\n", 0, rule.end) + 1) for rule in policy.rules]
    return PolicyInForce(policy, rules, own, history)


async def authorize_check(work: UnitOfWork, source: str, path: str) -> Flow:
    """Returns the flow of a caller who may check this source now. Raises `MutationRejected`: as
    `require_policy_reader`; INVALID if it is too long; RATE_LIMITED."""
    return await _authorize(work, source, path, compares=False)


async def authorize_comparison(work: UnitOfWork, source: str, path: str) -> Flow:
    """The same for a comparison, which takes seconds."""
    return await _authorize(work, source, path, compares=True)


async def _authorize(work: UnitOfWork, source: str, path: str, *, compares: bool) -> Flow:
    actor = await require_policy_reader(work, path)
    # A lone surrogate, which is no character, counts as one byte.
    if len(source.encode(errors="replace")) > MAX_SOURCE_BYTES:
        message = f"A policy that is tried out here has at most {MAX_SOURCE_BYTES:,} bytes."
        raise MutationRejected(Problem(ErrorCode.INVALID, message, (path,)))
    limits = work.context.limits
    await (limits.compare_policies if compares else limits.check_policy)(actor.id, path)
    return flow_of(work.caller)
