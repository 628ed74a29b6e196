"""The invariants of Portico: what always holds. A test module that holds one is marked `pytest.mark.invariant("key")`.

`docs/invariants.md` is generated from this list and the markers; `tests/docs/test_invariants_page.py` keeps it true.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Invariant:
    """A statement that always holds, and the code that ensures it."""

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
        "A condition that Oso mistranslates never reaches the database.",
        "`authz/lint/linter.py`, `authz/compiler/residual.py`, `authz/checks/differential.py`",
    ),
    "access_requests": Invariant(
        "An access request goes to those who may assign exactly that to exactly this user, and shows its requester "
        "nothing of what exists. Nobody decides their own.",
        "`policies.polar`; `resolvers/mutations/access_requests/`",
    ),
    "webhooks": Invariant(
        "A webhook gets each event that its owner may view, in order and at least once, and nothing else. The server "
        "sends requests only to public addresses.",
        "`resolvers/mutations/webhooks/`, `app/webhooks/`; `app/egress/`",
    ),
    "event_feed": Invariant(
        "The feed has each event that its reader may view once, in the order of the commits, and neither it nor its "
        "cursors tell of any other.",
        "`resolvers/event_feed/`; the lock of the head of each chain",
    ),
    "never": Invariant(
        "A policy that allows what `policies.never` prohibits is not loaded, whatever rows there are.",
        "`authz/checks/prohibitions.py`",
    ),
    "by_traits": Invariant(
        "What `portico policy diff --by-traits` calls equal is equal for every row that could exist.",
        "`authz/counterexamples/`",
    ),
    "unneeded_rules": Invariant(
        "A rule that is reported as redundant can be removed without changing anybody's access.",
        "`authz/checks/warnings.py`",
    ),
    "one_statement": Invariant(
        "A query is one SQL statement; a mutation of many users takes as many statements as a mutation of one.",
        "`resolvers/query/reader.py`, `resolvers/bulk_insert.py`",
    ),
    "expired_grants": Invariant(
        "A grant has no effect anywhere from the moment it expires.",
        "`models/grant.py` (`not_expired`)",
    ),
    "grant_expiry": Invariant(
        "Nobody grants anything for longer than they have it.",
        "`resolvers/access/expiry.py`",
    ),
    "stale_traits": Invariant(
        "A request with an ended session, or with traits that have changed, reads nothing.",
        "the session guard: `resolvers/query/statement.py`",
    ),
    "access_tokens": Invariant(
        "An access token that is forged, foreign, expired or revoked, or whose client is no longer accepted, is "
        "rejected at its next use.",
        "`app/auth/jwt_access_tokens.py`, the session guard",
    ),
    "session_cookie": Invariant(
        "A session cookie has no effect in a request that a page of another origin can cause.",
        "`app/auth/session_cookie.py`",
    ),
    "signing_keys": Invariant(
        "All processes share one signing key, even if they need it at once; the database alone can't sign anything.",
        "`resolvers/identity/signing_keys.py`, `resolvers/encryption.py`",
    ),
    "organization_border": Invariant(
        "Organizations are isolated from each other, in the database too.",
        "foreign keys with the organization or tenant",
    ),
    "second_wall": Invariant(
        "Whatever the policy allows, nobody but staff sees or changes a row of another organization.",
        "`authz/predicates/border.py`; each table of a statement says its organization",
    ),
    "foreign_ids": Invariant(
        "Queries and mutations give the same answer for an id of another organization as for an id that doesn't exist.",
        "one predicate; `schema/execution/input_validation.py`",
    ),
    "client_scopes": Invariant(
        "An API client sees, does and gives to users what its owner may, within its scopes.",
        "the rules for `Client` in `policies.polar`",
    ),
    "scim_tokens": Invariant(
        "A SCIM token does what the admin who made it may do at that moment, as long as they may change the settings "
        "of the organization, and shows nothing of what they don't see.",
        "`resolvers/mutations/scim_tokens/authorize.py`, the session guard",
    ),
    "assignability": Invariant(
        "An admin who creates a user grants no more than they have at the moment of the commit.",
        "`resolvers/access/assignability.py`, the lock on the actor's row",
    ),
    "no_escalation": Invariant(
        "No user whom an admin creates or changes, directly or through others, ends up with more than the admin had.",
        "`resolvers/access/assignability.py`, `resolvers/mutations/users/lock.py`",
    ),
    "last_admin": Invariant(
        "An organization keeps an active admin with all contract accounts.",
        "`resolvers/mutations/users/last_admin.py`",
    ),
    "removed_users": Invariant(
        "A removed user has no session, no active API client, no open link and no queued mail.",
        "`resolvers/mutations/users/lifecycle.py`",
    ),
    "announcements": Invariant(
        "A mail about an end of access or a dormant user is sent once to each recipient, and has only what they may "
        "see and do.",
        "`resolvers/mutations/upkeep/rounds.py`, `resolvers/mutations/upkeep/digests.py`",
    ),
    "dry_run": Invariant(
        "A dry run reports what the real run would do, and changes nothing.",
        "`resolvers/mutations/users/invite.py`",
    ),
    "access_preview": Invariant(
        "An access preview is what the user sees after the change, as far as the admin sees it, and is refused as the "
        "change is.",
        "the same predicates and checks: `resolvers/access_preview/`",
    ),
    "view_as": Invariant(
        "An admin who views as a user reads what both of them see, as long as the admin may update the user and the "
        "session that started it lasts, for 30 minutes at most; and changes nothing.",
        "the session guard; `authz/access.py` (`viewed_by`), `app/graphql/view_as.py`",
    ),
    "access_at": Invariant(
        "What `accessAt` and `whoHadAccess` answer for an earlier time is what stood at that time, as far as the trail "
        "reaches back and the caller sees it.",
        "`resolvers/past_access/`",
    ),
    "viewer_can": Invariant(
        "`viewerCan` lists exactly the actions that the mutations allow.",
        "`resolvers/query/viewer_can.py`",
    ),
    "policy_swap": Invariant(
        "If a policy is rejected, the last good one stays in force, and a request finishes under the "
        "policy with which it began.",
        "`app/policy/policy_file.py`, `app/backend.py`",
    ),
    "access_queries": Invariant(
        "`who-can`, `what-can`, `explain`, lists and the domain's oracle agree, on random data sets.",
        "`authz/routes.py`",
    ),
    "what_if": Invariant(
        "What a user could do with other permissions or accounts is what they can do once these are stored.",
        "`resolvers/access_preview/what_if.py`",
    ),
    "simulations": Invariant(
        "What a simulation says that users would gain and lose is what the policy decides once the change is made; "
        "nothing that the caller doesn't see is in it.",
        "`resolvers/simulations/statement.py`",
    ),
    "formatting": Invariant(
        "Formatting a policy changes blanks and line breaks only, and its result not at all.",
        "`authz/language/formatter.py`",
    ),
    "policy_diff": Invariant(
        "The diff of two policies equals the difference of their complete access matrices.",
        "`resolvers/policy_analysis/diff.py`",
    ),
    "policy_mutants": Invariant(
        "Each rule and condition of `policies.polar` is exercised by a policy test, and a change to it is detected.",
        "`tests/policy/`",
    ),
    "policy_history": Invariant(
        "Every version of the policy that was in force is in the history, and a rollback is in effect on all servers, "
        "whatever their files contain, until someone ends it.",
        "`app/policy/policy_file.py`, `app/policy/history.py`",
    ),
    "decision_log": Invariant(
        "The decision log has no names, emails or secrets, and makes no request wait; without it, nothing listens.",
        "`app/policy/decision_log.py`, `app/policy/decision_lines.py`",
    ),
    "shadow": Invariant(
        "A shadow policy decides nothing, and is compared after the response.",
        "`app/policy/shadow.py`",
    ),
    "policy_guide": Invariant(
        "The policy author's guide shows what the commands print.",
        "the test that generates the output",
    ),
    "onboarding": Invariant(
        "Only staff can onboard, and an attempt by others reveals nothing that they can't see.",
        "`resolvers/mutations/onboarding/lock.py`",
    ),
    "atomic_mutations": Invariant(
        "A rejected mutation changes nothing, even if the connection is lost or PostgreSQL aborts the transaction.",
        "`resolvers/transaction/unit_of_work.py`",
    ),
    "idempotency": Invariant(
        "A mutation under an idempotency key runs at most once, whichever process dies or is slow, and "
        "only its sender can read the stored response.",
        "`resolvers/idempotency_keys.py`, `resolvers/encryption.py`",
    ),
    "passwords": Invariant(
        "A new password ends the sessions of the old one, and a link serves only the purpose for which it was sent.",
        "`resolvers/identity/passwords.py`",
    ),
    "second_factors": Invariant(
        "Whoever has a second factor, or must have one, gets no session by their password alone; a ticket opens "
        "nothing but its step, and each code counts once.",
        "`resolvers/identity/sign_in_tickets.py`, `resolvers/identity/second_factors.py`",
    ),
    "recent_proof": Invariant(
        "Nobody gives access, or changes how they sign in, in a session whose last proof is too old.",
        "`resolvers/identity/step_up.py`",
    ),
    "reset_request": Invariant(
        "A request for a password reset reveals nothing about the email.",
        "`resolvers/identity/passwords.py`",
    ),
    "activation_link": Invariant(
        "An activation link works once, within seven days, and opening it doesn't use it up.",
        "`resolvers/identity/one_time_tokens.py`",
    ),
    "audit_trail": Invariant(
        "Every mutation, sign-in and denial by the policy is in the audit trail.",
        "`resolvers/transaction/unit_of_work.py`",
    ),
    "data_protection": Invariant(
        "An organization is exported and deleted whole, and nothing of another one. A person who was erased is found "
        "in no table, and the audit trail still verifies.",
        "`resolvers/data_protection/`, `resolvers/mutations/data_protection/`, triggers that let erasures through",
    ),
    "audit_chain": Invariant(
        "No audit event can be changed, moved or removed without detection.",
        "triggers; `app/audit/verify.py`",
    ),
    "audit_archive": Invariant(
        "Old audit events are removed only after they were written to an archive; the chain then goes on from a record "
        "of that, and verifies with the archive and without it. A legal hold keeps all of them.",
        "`app/audit/`, `resolvers/mutations/data_protection/prune_trail.py`, triggers",
    ),
    "audit_redaction": Invariant(
        "An audit event names only users and resources that its reader can see.",
        "`resolvers/types/audit_event.py`",
    ),
    "access_reviews": Invariant(
        "An access review records the access at one moment, never changes, and is signed off at most once.",
        "`resolvers/mutations/access_reviews/snapshot.py`; triggers",
    ),
    "outbox": Invariant(
        "A mail is queued if and only if its mutation is committed, and no mail is lost.",
        "the outbox: `resolvers/transaction/outbox.py`",
    ),
    "few_sites": Invariant(
        "Only the unit of work commits, and only a few modules run SQL.",
        "review, and these tests",
    ),
    "trusted_documents": Invariant(
        "If trusted documents are required, other documents from sessions and anonymous callers aren't even parsed.",
        "`app/documents/trusted_documents.py`",
    ),
    "cost": Invariant(
        "No response has more objects than the operation requests, except in lists without pages.",
        "`resolvers/query/cost.py`",
    ),
    "response_limit": Invariant(
        "A large response ends in the database before it exceeds the limit, whatever lists it consists of.",
        "`resolvers/query/response_limit.py`",
    ),
    "cost_buckets": Invariant(
        "No operation runs unless the caller's bucket holds what it reserves, through all server processes together.",
        "`resolvers/cost_limits/buckets.py`",
    ),
    "attempts": Invariant(
        "Attempts, such as failed sign-ins, are limited through all server processes together, also concurrent ones.",
        "`resolvers/rate_limits/database_counts.py`",
    ),
    "redacted_names": Invariant(
        "If suggestions are off, no error of an operation contains a schema name that the client didn't send.",
        "`schema/execution/redact_names.py`",
    ),
    "masked_errors": Invariant(
        "Error responses disclose no internals.",
        "`app/http/errors.py`",
    ),
    "hostile_requests": Invariant(
        "Any request is answered without a failure of the server, with work that grows no faster than the request.",
        "`app/server/connection.py`, `schema/execution/query_limits.py`, `schema/execution/variables.py`",
    ),
    "bounded_shutdown": Invariant(
        "A server stops within a bounded time, whatever is running.",
        "`app/background.py`",
    ),
}
