"""`portico settings`."""

from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.data_folder import DataFolderError
from app.settings import Settings, load

MASK = "****"


def settings() -> None:
    """List the settings: environment variable, value, default and purpose."""
    loaded = load()
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("Name", no_wrap=True)
    table.add_column("Value", overflow="fold", min_width=16)
    table.add_column("Purpose")
    for name, field in Settings.model_fields.items():
        default = _default(field)
        value = shown(getattr(loaded, name))
        if field.annotation == bool | None:
            default = f"{shown(loaded.is_enabled(None))} ({'https' if loaded.is_https() else 'http'} base URL)"
            value = default if getattr(loaded, name) is None else value
        value_cell = (
            f"[bold]{escape(value)}[/]\n[dim]default: {escape(default)}[/]" if value != default else escape(value)
        )
        table.add_row(str(field.validation_alias), value_cell, field.description)
    Console().print(table)


def _default(field: FieldInfo) -> str:
    try:
        return shown(field.get_default(call_default_factory=True, validated_data={}))
    except DataFolderError:
        return "(ambiguous)"


def shown(value: object) -> str:
    """`value` as an operator writes it, with secrets masked."""
    match value:
        case None:
            return "(none)"
        case bool():
            return str(value).lower()
        case timedelta():
            return f"PT{int(value.total_seconds())}S" if value.total_seconds() % 3600 else _hours(value)
        case SecretStr():
            return _masked(value.get_secret_value())
    return str(value) or "(empty)"


def _hours(value: timedelta) -> str:
    hours = int(value.total_seconds()) // 3600
    return f"PT{hours}H" if hours % 24 or hours == 24 else f"P{hours // 24}D"


def _masked(secret: str) -> str:
    """A URL without its password and its parameters, which may hold one. Anything else is masked whole."""
    parts = urlsplit(secret)
    if not parts.scheme or not parts.netloc + parts.path:
        return MASK
    user, _, host = parts.netloc.rpartition("@")
    credentials = f"{user.partition(':')[0]}:{MASK}@" if ":" in user else f"{user}@" if user else ""
    return f"{parts.scheme}://{credentials}{host}{parts.path}"
