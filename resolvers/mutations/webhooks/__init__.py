"""Webhooks: set them up, and send them the events of their organization, in order and at least once.

- *Set up.* Admins who may change the settings of the organization create, change and remove webhooks (`configure.py`),
  replace their secrets (`signing_secrets.py`), and ask for a test or for an event again (`requests.py`).
- *Send.* A process claims a webhook by a lease, and with it one delivery (`claim.py`): what an admin asked for, what
  failed before, or the next event. The process sends it outside of any transaction, and records the outcome
  (`settle.py`). If it is killed in between, the lease ends, and the delivery is sent again.

Events are rows of the audit trail, so they are written in the transaction of the change, and their numbers are in the
order of the commits. A webhook gets an event only if its owner, the admin who set it up, may view the event now
(`events.py`).

Imports: mutations.{onboarding, users}, authz, models, resolvers.{callers, transaction, types, validation, claiming,
encryption, errors, public_id, timestamps}.
"""
