"""Types, actions and rules, as the verbs are told of them: `--type`, `--action`, `--policy`."""

from pathlib import Path
from typing import Annotated

import typer

from authz.lint.operand_types import did_you_mean
from authz.model.resources import ACTIONS
from models import Base
from resolvers.policy_analysis.what_can import RequestedAction
from resolvers.policy_analysis.what_can import requested_actions as questions_of

Rules = Annotated[
    Path | None, typer.Option("--policy", exists=True, dir_okay=False, help="The rules; else PORTICO_POLICY.")
]


def questions(type_: str | None, action: str | None) -> list[RequestedAction]:
    """Each action of each type; where a type or an action is named, whatever the case, only those.

    Raises BadParameter where nothing is called so.
    """
    model = _type(type_)
    names = {str(word) for each in ([model] if model else ACTIONS) for word in ACTIONS[each]}
    if action and action.lower() not in names:
        of = f" of {model.__name__}" if model else ""
        raise typer.BadParameter(
            f"There is no action {action}{of}. {did_you_mean(action, names)}", param_hint="--action"
        )
    return questions_of(action and action.lower(), model)


def _type(called: str | None) -> type[Base] | None:
    models = {model.__name__: model for model in ACTIONS}
    found = next((model for name, model in models.items() if called and name.lower() == called.lower()), None)
    if called and found is None:
        raise typer.BadParameter(f"There is no type {called}. {did_you_mean(called, models)}", param_hint="--type")
    return found
