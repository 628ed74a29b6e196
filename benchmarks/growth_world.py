"""The data sets of the growth benchmark, and who looks at them.

Two databases: `few` has small organizations only, `grown` has the large organization and more small ones. Each kind of
user is measured in a small organization of `few`, in the same one of `grown`, and in the large one.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from app.demo import large
from app.demo.large_access_reviews import POLICY_VERSION as GENERATED
from app.demo.large_users import Role
from app.demo.organization_shape import SMALL, OrganizationShape
from benchmarks import world
from benchmarks.list_requests import FilterSamples
from benchmarks.samples import filter_samples
from benchmarks.servers import PORTICO, serving
from benchmarks.stopwatch import Stopwatch
from benchmarks.world import SEED, Viewer

FEW = 10
ORGANIZATION = 3
"""The small organization of the viewers; the last one if there are fewer."""
STAFF = "staff"
VIEWERS = (*(role.value for role in Role), STAFF)
STANDSTILL_SECONDS, POLL_SECONDS = 20.0, 0.5
"""A review that makes no progress for so long is not waited for."""

CREATE_REVIEW = "mutation ($i: CreateAccessReviewInput!) { createAccessReview(input: $i) { errors { code } } }"
READ_REVIEW = "query ($o: ID!) { accessReview(organization: $o) { state progress policyVersion } }"
DONE, FAILED = "COMPLETE", "FAILED"


@dataclass(frozen=True)
class Place:
    """Where a viewer is measured: the port of the server, the viewer, and values to filter by."""

    name: str
    port: int
    viewer: Viewer
    samples: FilterSamples


@dataclass(frozen=True)
class Databases:
    """The URLs of the two databases, and the size of the second one."""

    few: str
    grown: str
    organizations: int
    scale: float


def prepare(url: str, organizations: int, scale: float) -> Databases:
    """Load both data sets into databases beside the one at `url`, unless they are there."""
    few = asyncio.run(world.migrated_database(url, "portico_growth_few"))
    name = f"portico_growth_{organizations}_{round(scale * 1000)}"
    grown = asyncio.run(world.migrated_database(url, name))
    asyncio.run(large.load_with_bar(few, FEW, SEED))
    asyncio.run(large.load_with_bar(grown, organizations, SEED))
    asyncio.run(large.load_large_with_bar(grown, SEED, scale))
    return Databases(few, grown, organizations, scale)


@contextmanager
def serving_places(databases: Databases, names: list[str], folder: Path) -> Iterator[dict[str, list[Place]]]:
    """Run a server on each database while the block runs; yield the places of each viewer in `names`, `few` first."""
    with _server(databases.few, folder, "few") as few, _server(databases.grown, folder, "grown") as grown:
        shape = large.large_shape(databases.scale)
        number = min(ORGANIZATION, databases.organizations - 1)
        emails = {
            "few": {name: _email(name, number) for name in VIEWERS},
            "beside": {name: _email(name, number) for name in VIEWERS if name != STAFF},
            "large": {name: _email(name, 0, shape) for name in VIEWERS},
        }
        ports = {"few": few, "beside": grown, "large": grown}
        urls = {"few": databases.few, "beside": databases.grown, "large": databases.grown}
        places: dict[str, list[Place]] = {name: [] for name in names}
        for place, members in emails.items():
            _review(ports[place], asyncio.run(_place(place, ports[place], urls[place], members, VIEWERS[0])))
            for name in names:
                if name in members:
                    places[name].append(asyncio.run(_place(place, ports[place], urls[place], members, name)))
        yield places


def _email(name: str, number: int, shape: OrganizationShape = SMALL) -> str:
    return large.staff_email(SEED) if name == STAFF else large.viewer_email(Role(name), SEED, number, shape)


@contextmanager
def _server(url: str, folder: Path, name: str) -> Iterator[int]:
    """A server on the database; yield its port. Its log is in the folder `name`, its files are in `folder`."""
    logs = folder / name
    logs.mkdir(parents=True, exist_ok=True)
    # The worker records the access reviews. It sends nothing: no generated mail is due.
    environment = world.environment(url, [], folder) | {"PORTICO_MAIL_WORKER": "true"}
    with serving([PORTICO], environment, logs) as ports:
        yield ports[PORTICO]


async def _place(place: str, port: int, url: str, emails: dict[str, str], name: str) -> Place:
    connection = await asyncpg.connect(url)
    try:
        viewer = await world.signed_in(connection, name, emails[name])
        return Place(place, port, viewer, await filter_samples(connection, viewer.email))
    finally:
        await connection.close()


def _review(port: int, admin: Place) -> None:
    """Have an access review of the admin's organization, so that its lists have rows. Does without if that fails.

    The server records it in the background. The wait ends when it is complete or has failed, or no longer gets on.
    """
    organization = admin.samples.ids["Organization"]
    with Stopwatch(port, admin.viewer.token) as stopwatch:
        if _progress(stopwatch, organization) == DONE:
            return
        stopwatch.data(CREATE_REVIEW, {"i": {"organization": organization}})
        reached = None
        end = time.monotonic() + STANDSTILL_SECONDS
        while time.monotonic() < end:
            progress = _progress(stopwatch, organization)
            if progress in (DONE, FAILED):
                return
            if progress != reached:
                reached, end = progress, time.monotonic() + STANDSTILL_SECONDS
            time.sleep(POLL_SECONDS)


def _progress(stopwatch: Stopwatch, organization: str) -> str | None:
    """The state of the newest review, with its progress while it is being recorded; None if there are only generated
    ones, which have few entries."""
    data = stopwatch.data(READ_REVIEW, {"o": organization})
    review = data and data["accessReview"]
    if not review or review["policyVersion"] == GENERATED:
        return None
    state = str(review["state"])
    return state if state in (DONE, FAILED) else f"{state} {review['progress']}"
