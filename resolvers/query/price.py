"""What an operation costs, in nodes: what it requests, which is known before it runs, and what it is charged for then.

An operation *requests* the objects that its response could hold, plus a fixed part: the size of its statement, and
what mutations, access queries and introspection cost in themselves. It is *charged* for the objects that came, plus the
fixed part. `docs/limits.md` explains both to clients, and `resolvers/query/cost.py` computes the first.
"""

from dataclasses import dataclass

OPERATION_COST = 1
"""The operation itself: the object `data` of the response."""

NODES_PER_SECOND = 100_000
"""How many nodes of an operation that ends without a response cost as much as a second in the database. A node with its
fields takes 3 to 10 µs there."""


COUNTED_BYTES, SAMPLES = 65_536, 16
"""How much of a response is searched for objects, which takes 0.1 ms: more only in so many parts of it, whose objects
stand for all."""


@dataclass(frozen=True, slots=True)
class Requested:
    """What an operation requests: `nodes`, and of its `root_fields` the one that requests most: its response key, its
    nodes, and where it is in the document (lines and columns)."""

    nodes: int
    root_fields: int = 0
    most_expensive: str = ""
    most_nodes: int = 0
    locations: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one operation with its variables.

    Members of an organization, and their API clients, see no other organization, so `organizations` is one node for
    them: `by_member` is what the operation requests then, and `by_staff` what it requests otherwise. `fixed` is charged
    whatever comes.

    `shared` are the beginnings of JSON objects that count as one with the object around them: the node of an edge, and
    a page info, which costs nothing.
    """

    by_member: Requested
    by_staff: Requested
    fixed: int = 0
    shared: tuple[bytes, ...] = ()

    def requested(self, *, staff: bool) -> Requested:
        """What the operation requests if a member of staff sends it, or anyone else."""
        return self.by_staff if staff else self.by_member

    def of_response(self, data: bytes, *, staff: bool) -> int:
        """The nodes of a response with this data: never more than requested. Each brace in it counts as an object, also
        in text."""
        counted = data if len(data) <= COUNTED_BYTES else _samples(data)
        objects = counted.count(b"{")
        for beginning in self.shared:
            # Text can't imitate it, because its quotes are escaped.
            objects -= counted.count(beginning)
        if counted is not data:
            objects = objects * len(data) // len(counted)
        return self._at_most_requested(max(objects, OPERATION_COST), staff)

    def without_response(self, seconds: float, *, staff: bool) -> int:
        """The nodes of an operation that ended without a response, after `seconds` in the database."""
        return self._at_most_requested(OPERATION_COST + int(seconds * NODES_PER_SECOND), staff)

    def _at_most_requested(self, nodes: int, staff: bool) -> int:
        return min(self.fixed + nodes, self.requested(staff=staff).nodes)


def _samples(data: bytes) -> bytes:
    """Parts of a large response at equal distances."""
    size = COUNTED_BYTES // SAMPLES
    last = len(data) - size
    return b"".join(
        data[start : start + size] for start in (last * number // (SAMPLES - 1) for number in range(SAMPLES))
    )


NO_PRICE = Price(Requested(0), Requested(0))
"""The price of a request that is part of an operation, which has a price itself."""
