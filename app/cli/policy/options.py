"""The options `--type`, `--action` and `--policy`."""

from pathlib import Path
from typing import Annotated

import typer

from authz.lint.operand_types import did_you_mean
from authz.model.actions import ACTIONS
from models import Base
from resolvers.policy_analysis.what_can import RequestedAction, requested_actions

Rules = Annotated[
    Path | None,
    typer.Option("--policy", exists=True, dir_okay=False, help="The policy file. Default: that of PORTICO_POLICY."),
]


def parse_actions(type_: str | None, action: str | None) -> list[RequestedAction]:
    """The actions of all types, or only those that match a type or an action, in any case.

    Raises BadParameter if there is no such type or action.
    """
    model = _parse_type(type_)
    names = {str(name) for candidate in ([model] if model else ACTIONS) for name in ACTIONS[candidate]}
    if action and action.lower() not in names:
        subject = f"{model.__name__} has" if model else "There is"
        raise typer.BadParameter(f"{subject} no action {action}. {did_you_mean(action, names)}", param_hint="--action")
    return requested_actions(action and action.lower(), model)


def _parse_type(name: str | None) -> type[Base] | None:
    if not name:
        return None
    models = {model.__name__: model for model in ACTIONS}
    model = next((model for model_name, model in models.items() if model_name.lower() == name.lower()), None)
    if model is None:
        raise typer.BadParameter(f"There is no type {name}. {did_you_mean(name, models)}", param_hint="--type")
    return model
