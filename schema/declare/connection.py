"""Connections as in the Relay cursor connections specification (https://relay.dev/graphql/connections.htm)."""

from typing import Generic, TypeVar

from schema.declare.fields import gql_type, part

N = TypeVar("N")


@gql_type
class PageInfo:
    """The position of a page in its list."""

    has_next_page: bool = part("Whether there are more nodes after this page.")
    has_previous_page: bool = part("Whether there are more nodes before this page.")
    start_cursor: str | None = part("The cursor of the first node on the page. Null if the page is empty.")
    end_cursor: str | None = part(
        "The cursor of the last node on the page, to pass as `after` for the next page. Null if the page is empty."
    )


@gql_type
class Edge(Generic[N]):
    """A node in a list, with its cursor."""

    cursor: str = part("The position of the node in the list, for `after` and `before`.")
    node: N = part("The node.")


@gql_type
class Connection(Generic[N]):
    """A page of a list. Includes and counts only nodes that are visible to you."""

    edges: list[Edge[N]] = part("The nodes of the page, each with its cursor.")
    nodes: list[N] = part("The nodes of the page, without cursors.")
    page_info: PageInfo = part("The position of the page in its list.")
    total_count: int = part("The number of nodes on all pages. Counted only if requested.")
