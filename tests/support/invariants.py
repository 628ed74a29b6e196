"""The invariants of Portico: what always holds. A test module that holds one is marked `pytest.mark.invariant("key")`.

`docs/invariants.md` is generated from this list and the markers; `tests/docs/test_invariants_page.py` keeps it true.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Invariant:
    """What always holds, and which part of the code makes it so."""

    statement: str
    held_by: str


INVARIANTS = {
    "one_predicate": Invariant(
        "Lists, counts, pages, filters, `viewerCan` and `node(id)` show what the policy allows, no more and no less.",
        "one predicate at every edge: `resolvers/query/planner.py`",
    ),
    "translation": Invariant(
        "The compiled predicate means what Oso and the domain mean.",
        "the load checks: `authz/checks/pipeline.py`",
    ),
    "oso_mistakes": Invariant(
        "What Oso gets wrong never reaches the database.",
        "`authz/lint/linter.py`, `authz/compiler/residual.py`, `authz/checks/differential.py`",
    ),
    "unneeded_rules": Invariant(
        "A rule reported as unneeded can be removed, and nobody is allowed anything else.",
        "`authz/checks/warnings.py`",
    ),
    "one_statement": Invariant(
        "A query is one SQL statement; a mutation of many users takes as many statements as a mutation of one.",
        "`resolvers/query/reader.py`, `resolvers/bulk_insert.py`",
    ),
    "expired_grants": Invariant(
        "An expired grant has no effect, from the moment it expires, anywhere.",
        "`models/grant.py` (`not_expired`)",
    ),
    "grant_expiry": Invariant(
        "Nobody grants anything for longer than they have it.",
        "`resolvers/access/expiry.py`",
    ),
    "stale_traits": Invariant(
        "A session that has ended, or traits that have changed, get no answer.",
        "the session guard: `resolvers/query/statement.py`",
    ),
    "access_tokens": Invariant(
        "An access token that is forged, foreign, expired or revoked, or whose client is dead, is "
        "rejected at its next use.",
        "`app/auth/jwt_access_tokens.py`, the session guard",
    ),
    "signing_keys": Invariant(
        "However many processes need a signing key at once, they share one, and the database alone can sign nothing.",
        "`resolvers/identity/signing_keys.py`, `resolvers/encryption.py`",
    ),
    "organization_border": Invariant(
        "Nothing crosses an organization's border, in the database either.",
        "foreign keys with `organization_id`",
    ),
    "foreign_ids": Invariant(
        "An ID of another organization gets the same answer as an ID that nobody has, in every mutation.",
        "one predicate; `schema/execution/input_validation.py`",
    ),
    "client_scopes": Invariant(
        "An API client sees and does what its owner may, within its scopes.",
        "the rules for `Client` in `policies.polar`",
    ),
    "assignability": Invariant(
        "An admin who creates a user grants no more than they have at the moment of the commit.",
        "`resolvers/access/assignability.py`, the lock on the actor's row",
    ),
    "no_escalation": Invariant(
        "Nobody whom an admin creates or changes, directly or through others, ends with more than the admin had.",
        "`resolvers/access/assignability.py`, `resolvers/mutations/users/lock.py`",
    ),
    "last_admin": Invariant(
        "An organization keeps an active admin with all contract accounts.",
        "`resolvers/mutations/users/last_admin.py`",
    ),
    "removed_users": Invariant(
        "A removed user has no session, no API client, no open link and no mail to come.",
        "`resolvers/mutations/users/lifecycle.py`",
    ),
    "dry_run": Invariant(
        "A dry run says what the real run does, and changes nothing.",
        "`resolvers/mutations/users/invite.py`",
    ),
    "viewer_can": Invariant(
        "`viewerCan` is what the mutations allow.",
        "`resolvers/query/viewer_can.py`",
    ),
    "policy_swap": Invariant(
        "A policy that is rejected leaves the last good one in force, and a request ends under the "
        "policy it began with.",
        "`app/policy/policy_file.py`, `app/backend.py`",
    ),
    "access_queries": Invariant(
        "`who-can`, `what-can`, `explain`, lists and the domain's oracle agree, on random data sets.",
        "`authz/routes.py`",
    ),
    "policy_diff": Invariant(
        "The difference of two policies is that of two brute-force matrices.",
        "`resolvers/policy_analysis/diff.py`",
    ),
    "policy_mutants": Invariant(
        "Each rule and condition of `policies.polar` matters to some test.",
        "`tests/policy/`",
    ),
    "shadow": Invariant(
        "A shadow policy decides nothing, and is compared after the response.",
        "`app/policy/shadow.py`",
    ),
    "policy_guide": Invariant(
        "The author's guide shows what the commands print.",
        "the test that writes it",
    ),
    "onboarding": Invariant(
        "Nobody but staff onboards, and whoever tries learns nothing of what they don't see.",
        "`resolvers/mutations/onboarding/lock.py`",
    ),
    "atomic_mutations": Invariant(
        "A rejected mutation changes nothing, also when the connection is cut or PostgreSQL gives the transaction up.",
        "`resolvers/transaction/unit_of_work.py`",
    ),
    "idempotency": Invariant(
        "A mutation under an idempotency key runs at most once, whichever process dies or is slow, and "
        "only its sender can read the stored answer.",
        "`resolvers/idempotency_keys.py`, `resolvers/encryption.py`",
    ),
    "passwords": Invariant(
        "A new password ends the sessions of the old one, and a link does only what it was sent for.",
        "`resolvers/identity/passwords.py`",
    ),
    "reset_request": Invariant(
        "A request for a password reset tells nothing about the email.",
        "`resolvers/identity/passwords.py`",
    ),
    "activation_link": Invariant(
        "An activation link works once, for seven days, and opening it uses nothing up.",
        "`resolvers/identity/one_time_tokens.py`",
    ),
    "audit_trail": Invariant(
        "Every mutation, sign-in and denial by the rules is in the audit trail.",
        "`resolvers/transaction/unit_of_work.py`",
    ),
    "audit_chain": Invariant(
        "No audit event is changed, moved or removed without being found out.",
        "triggers; `app/audit/verify.py`",
    ),
    "audit_redaction": Invariant(
        "An audit event names only what its reader sees.",
        "`resolvers/types/audit_event.py`",
    ),
    "access_reviews": Invariant(
        "An access review is what the policy said at one moment, stays as it is, and is signed off once.",
        "`resolvers/mutations/access_reviews/snapshot.py`; triggers",
    ),
    "outbox": Invariant(
        "No mail without its mutation; no mail is lost.",
        "the outbox: `resolvers/transaction/outbox.py`",
    ),
    "few_sites": Invariant(
        "Only the unit of work commits, and only a few modules run SQL.",
        "review, and these tests",
    ),
    "trusted_documents": Invariant(
        "Where trusted documents are required, nothing else is answered, or even parsed.",
        "`app/documents/trusted_documents.py`",
    ),
    "cost": Invariant(
        "No answer has more objects than the operation costs, lists without pages aside.",
        "`resolvers/query/cost.py`",
    ),
    "cost_buckets": Invariant(
        "All server processes together give no caller more than their bucket holds.",
        "`resolvers/cost_limits/buckets.py`",
    ),
    "redacted_names": Invariant(
        "Without suggestions, no error of an operation names what the client did not.",
        "`schema/execution/redact_names.py`",
    ),
    "masked_errors": Invariant(
        "Errors tell nothing of the inside.",
        "`app/http/errors.py`",
    ),
    "bounded_shutdown": Invariant(
        "A server stops within a bound, whatever runs in it.",
        "`app/background.py`",
    ),
}
