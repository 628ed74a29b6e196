"""The options `--type`, `--action` and `--policy`, and what they name: actions on resources, and capabilities."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from authz.capabilities import QUESTIONS, Question
from authz.lint.operand_types import did_you_mean
from authz.model.actions import ACTIONS, CAPABILITIES, Capability
from models import Base
from resolvers.policy_analysis.what_can import RequestedAction, requested_actions

Rules = Annotated[
    Path | None,
    typer.Option("--policy", exists=True, dir_okay=False, help="The policy file. Default: that of PORTICO_POLICY."),
]
Asked = Annotated[str, typer.Option("--action", help="The action, such as view, or a capability: assign_permission.")]
OnWhat = Annotated[
    str | None,
    typer.Option(
        "--on",
        help="The resource: id, name, code of a service, or email of a user. For a capability its value, if it has "
        "one: BILLING_VIEW.",
    ),
]


@dataclass(frozen=True)
class Requests:
    """The `actions` on types of resources, and the `questions` about the actor alone."""

    actions: list[RequestedAction]
    questions: tuple[Question, ...]


def parse_requests(type_: str | None, action: str | None) -> Requests:
    """All actions and questions, or only those that match a type or the name of an action or a capability, in any case.

    With a type, there are no questions. Raises BadParameter if there is no such type, action or capability.
    """
    model = _parse_type(type_)
    capabilities = () if model else tuple(map(str, CAPABILITIES))
    names = {str(name) for candidate in ([model] if model else ACTIONS) for name in ACTIONS[candidate]}
    wanted = action and action.lower()
    if wanted and wanted not in (*names, *capabilities):
        subject = f"{model.__name__} has" if model else "There is"
        suggestion = did_you_mean(wanted, [*names, *capabilities])
        raise typer.BadParameter(f"{subject} no action {action}. {suggestion}", param_hint="--action")
    actions = requested_actions(wanted, model) if wanted not in capabilities else []
    questions = tuple(question for question in QUESTIONS if wanted in (None, question.capability)) if not model else ()
    return Requests(actions, questions)


def parse_request(
    type_: str | None, action: str, on: str | None, organization: str | None
) -> tuple[list[RequestedAction], str] | Question:
    """The actions that match, with the name of the resource; or the question, if `action` is a capability.

    Raises BadParameter as `parse_requests`, and if the resource or the value is missing, unknown or not expected.
    """
    requests = parse_requests(type_, action)
    if not requests.questions:
        if on is None:
            raise typer.BadParameter("Name the resource.", param_hint="--on")
        return requests.actions, on
    if organization is not None:
        message = f"{action} is about the user alone: there is no resource to narrow down."
        raise typer.BadParameter(message, param_hint="--organization")
    return _parse_question(requests.questions[0].capability, on)


def _parse_question(capability: Capability, on: str | None) -> Question:
    values = CAPABILITIES[capability]
    if values is None:
        if on is not None:
            raise typer.BadParameter(f"{capability} is about the user alone: leave it out.", param_hint="--on")
        return Question(capability)
    if on is None:
        raise typer.BadParameter(f"Name a value of {capability}: {', '.join(values)}.", param_hint="--on")
    value = next((str(value) for value in values if value.lower() == on.lower()), None)
    if value is None:
        message = f"{capability} has no value {on}. {did_you_mean(on, values)}"
        raise typer.BadParameter(message, param_hint="--on")
    return Question(capability, value)


def _parse_type(name: str | None) -> type[Base] | None:
    if not name:
        return None
    models = {model.__name__: model for model in ACTIONS}
    model = next((model for model_name, model in models.items() if model_name.lower() == name.lower()), None)
    if model is None:
        raise typer.BadParameter(f"There is no type {name}. {did_you_mean(name, models)}", param_hint="--type")
    return model
