"""The arguments of declared fields: those of every connection, and ids."""

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from schema.declare.filters import FILTERS
from schema.declare.orders import DEFAULTS, ORDERS

DEFAULT_SIZE, LARGEST_SIZE = 25, 100
"""Nodes of a page: when neither `first` nor `last` is given, and at most."""


def argument(name: str, type_: object, description: str, default: object = strawberry.UNSET) -> StrawberryArgument:
    """An argument of a field; `type_` is its Python annotation."""
    return StrawberryArgument(name, name, StrawberryAnnotation(type_), description=description, default=default)


def page_arguments(target: str) -> list[StrawberryArgument]:
    """The arguments of a connection of nodes of the type `target`."""
    bounds = f"At least 1, at most {LARGEST_SIZE}"
    return [
        argument(
            "first",
            int | None,
            f"How many nodes, from the start or from `after` on. {bounds}; {DEFAULT_SIZE} when neither `first` nor "
            "`last` is given.",
        ),
        argument("after", str | None, "Only nodes behind this cursor, which must come from the same `orderBy`."),
        argument("last", int | None, f"How many nodes, back from the end or `before`. {bounds}. Not with `first`."),
        argument("before", str | None, "Only nodes before this cursor, which must come from the same `orderBy`."),
        argument("filter", FILTERS[target] | None, "Only nodes that meet every condition given here."),
        argument("orderBy", ORDERS[target] | None, "In which order the nodes come.", DEFAULTS[target]),
    ]


def id_argument(of: str) -> StrawberryArgument:
    """The argument `id`; `of` says whose it is."""
    return argument("id", strawberry.ID, f"The id of {of}.")


def ids_argument() -> StrawberryArgument:
    """The argument `ids`."""
    return argument("ids", list[strawberry.ID], f"The ids, in the order of the answer; at most {LARGEST_SIZE}.")
