"""Connections, after the Relay cursor connections specification (https://relay.dev/graphql/connections.htm)."""

from typing import Generic, TypeVar

from schema.declare.fields import gql_type, part

N = TypeVar("N")


@gql_type
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool = part("Whether more nodes follow the page.")
    has_previous_page: bool = part("Whether more nodes precede the page.")
    start_cursor: str | None = part("The cursor of the first node; null on an empty page.")
    end_cursor: str | None = part(
        "The cursor of the last node: what `after` takes for the next page. Null on an empty page."
    )


@gql_type
class Edge(Generic[N]):
    """A node of a list, and its place in it."""

    cursor: str = part("The place of the node in the list, for `after` and `before`.")
    node: N = part("The node.")


@gql_type
class Connection(Generic[N]):
    """A page of a list. It holds only what you may see, and counts nothing else."""

    edges: list[Edge[N]] = part("The nodes of the page, each with its cursor.")
    nodes: list[N] = part("The nodes of the page, for who needs no cursor of each.")
    page_info: PageInfo = part("Where the page stands in its list.")
    total_count: int = part("How many nodes there are on all pages together. Counted only when asked for.")
