"""A policy that allows every actor every action on every row, of any organization."""

from functools import cache

from authz.model.actions import ACTIONS
from authz.policy import Policy

KINDS = ("Member", "Client", "Staff")

CAPABILITIES = """
creates_organizations(_: Staff);
makes_api_clients(_: {kind});
manages_users(_: {kind});
assign_permission(_: {kind}, _: String);
assign_audience(_: {kind}, _: String);
assign_all(_: {kind}, _: String);
"""


@cache
def open_policy() -> Policy:
    """Returns the policy. The load checks would refuse it, so it is as if they had not been there."""
    rules = [
        f'allow(_: {kind}, "{action.value}", _: {model.__name__});'
        for kind in KINDS
        for model, actions in ACTIONS.items()
        for action in actions
    ]
    capabilities = [CAPABILITIES.format(kind=kind) for kind in ("Member", "Client")]
    return Policy("\n".join([*rules, *capabilities]), "open.polar")
