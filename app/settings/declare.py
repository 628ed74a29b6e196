"""How a setting is declared."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

Positive = Annotated[timedelta, Field(gt=timedelta(0))]


def variable(name: str, default: Any, description: str, **constraints: Any) -> Any:
    """A field whose name in the environment is `name`."""
    return Field(default, validation_alias=name, description=description, **constraints)
