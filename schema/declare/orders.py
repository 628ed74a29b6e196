"""The descriptions of sort orders that several node types have. Orders are declared with their node types."""

from collections.abc import Mapping
from typing import Final

BY_NAME: Final[Mapping[str, str]] = {
    "NAME_ASC": "By name, ascending, ignoring case and accents.",
    "NAME_DESC": "By name, descending.",
}
BY_CREATION: Final[Mapping[str, str]] = {"CREATED_AT_ASC": "Oldest first.", "CREATED_AT_DESC": "Newest first."}
BY_STATUS: Final[Mapping[str, str]] = {
    "STATUS_ASC": "By status, in the order of its enum.",
    "STATUS_DESC": "By status, in the reverse order of its enum.",
}
