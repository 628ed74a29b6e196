"""The arguments of declared fields: of connections, and of fields that take ids."""

from enum import StrEnum

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

DEFAULT_SIZE, LARGEST_SIZE = 25, 100
"""The default and the maximum size of a page, in nodes."""


def argument(name: str, type_: object, description: str, default: object = strawberry.UNSET) -> StrawberryArgument:
    """Returns an argument of a field; `type_` is its Python annotation."""
    return StrawberryArgument(name, name, StrawberryAnnotation(type_), description=description, default=default)


def page_arguments(filter_type: type, default_order: StrEnum) -> list[StrawberryArgument]:
    """Returns the arguments of a connection, with the filter and the order enum of its node type."""
    bounds = f"At least 1, at most {LARGEST_SIZE}"
    return [
        argument(
            "first",
            int | None,
            f"The number of nodes to return from the start of the list, or after `after`. {bounds}. Defaults to "
            f"{DEFAULT_SIZE} if `last` isn't given either.",
        ),
        argument("after", str | None, "Returns only nodes after this cursor, which must come from the same `orderBy`."),
        argument(
            "last",
            int | None,
            f"The number of nodes to return from the end of the list, or before `before`. {bounds}. Can't be combined "
            "with `first`.",
        ),
        argument(
            "before", str | None, "Returns only nodes before this cursor, which must come from the same `orderBy`."
        ),
        argument("filter", filter_type | None, "Returns only nodes that meet all of these conditions."),
        argument("orderBy", type(default_order) | None, "The sort order of the nodes.", default_order),
    ]


def id_argument(object_: str) -> StrawberryArgument:
    """Returns the argument `id`; `object_` names the object that it identifies."""
    return argument("id", strawberry.ID, f"The id of {object_}.")


def ids_argument() -> StrawberryArgument:
    """Returns the argument `ids`."""
    return argument("ids", list[strawberry.ID], f"The ids of the nodes, at most {LARGEST_SIZE}.")
