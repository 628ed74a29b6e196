"""What is over the limit is told by kind, with the reason."""

from benchmarks.growth import Growth
from benchmarks.growth_kinds import markdown
from benchmarks.list_requests import Family


def grown(viewer: str, family: Family, name: str, large: float) -> Growth:
    """A request that takes one millisecond in a small organization."""
    return Growth(viewer, family, name, {"few": 1, "beside": 1, "large": large}, {})


def test_each_kind_over_the_limit_has_a_row_and_each_viewer_a_column() -> None:
    table = markdown(
        [
            grown("admin", Family.COUNT, "users", 20),
            grown("admin", Family.COUNT, "users country: none", 5),
            grown("limited", Family.LIST, "users country: none", 30),
            grown("limited", Family.COUNT, "users", 40),
            grown("limited", Family.COUNT, "users search: many", 60),
        ]
    )
    reads = "every user that you see, and the grants of your accounts"
    assert table.splitlines() == [
        "| what | reads | admin | limited |",
        "|---|---|---|---|",
        f"| `totalCount` of users | {reads} | 1: 20 to 20 ms, 20 times | 2: 40 to 60 ms, 60 times |",
        "| users by another filter | users, until the page is full |  | 1: 30 to 30 ms, 30 times |",
    ]
