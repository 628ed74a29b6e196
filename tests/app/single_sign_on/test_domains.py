"""Domains: only their owner gets them, one organization at a time, and as long as the owner wants it."""

from collections.abc import Sequence
from datetime import timedelta

import dns.asyncresolver
import dns.resolver
import pytest
from sqlalchemy import text

from app.demo.fixed_ids import named_key
from app.openid.txt_records import TxtRecords
from resolvers.mutations.single_sign_on.check_domains import check_next_domain
from tests.support.distribution.moved_times import earlier
from tests.support.openid.portal import ADA, ADD_DOMAIN, ORGANIZATION, VERIFY, Names, add_domain, change
from tests.support.server import Client

MAX, GLOBEX = "max@globex.example", f"org_{named_key('Globex')}"
REMOVE = "mutation ($i: RemoveSignInDomainInput!) { removeSignInDomain(input: $i) { errors { code path } } }"


async def add(server: Client, domain: str, who: str = ADA, organization: str = ORGANIZATION) -> dict[str, str]:
    payload = await change(server, who, ADD_DOMAIN, organization=organization, domain=domain)
    assert payload["errors"] == []
    [entry] = [each for each in payload["organization"]["singleSignOn"]["domains"] if each["domain"] == domain]
    return dict(entry)


async def state(server: Client) -> list[tuple[bool, bool]]:
    """Per domain, whether it is verified, and whether it is in the directory."""
    sql = """SELECT d.verified_at IS NOT NULL, v.domain IS NOT NULL FROM sign_in_domains d
             LEFT JOIN verified_domains v ON v.domain_id = d.id ORDER BY d.id"""
    async with server.backend.engine.connect() as connection:
        return [(bool(row[0]), bool(row[1])) for row in (await connection.execute(text(sql))).all()]


async def test_a_domain_needs_its_record(server: Client, names: Names) -> None:
    entry = await add(server, "acme.example")
    assert names.texts is not None
    for texts in ([], ["portico-domain="], [f" {entry['recordText']}"], [entry["recordText"].upper()]):
        names.texts["_portico.acme.example"] = texts
        payload = await change(server, ADA, VERIFY, id=entry["domainId"])
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [
            ("DOMAIN_NOT_VERIFIED", ["input", "id"])
        ]
    names.texts["_portico.acme.example"] = ["unrelated", entry["recordText"]]
    assert (await change(server, ADA, VERIFY, id=entry["domainId"]))["errors"] == []
    assert await state(server) == [(True, True)]


async def test_a_domain_belongs_to_one_organization(server: Client, names: Names) -> None:
    """Whoever comes second learns that it is taken, and not by whom. Once it is free, they get it."""
    await add_domain(server, names, "shared.example")
    entry = await add(server, "shared.example", MAX, GLOBEX)
    assert names.texts is not None
    names.texts["_portico.shared.example"] = [entry["recordText"]]
    [error] = (await change(server, MAX, VERIFY, id=entry["domainId"]))["errors"]
    assert error["code"] == "DOMAIN_NOT_VERIFIED"
    assert "ACME" not in error["message"]
    async with server.backend.engine.connect() as connection:
        sql = "SELECT id FROM sign_in_domains WHERE organization_id = :acme"
        acmes = (await connection.execute(text(sql), {"acme": named_key("ACME Corporation")})).scalar_one()
    assert (await change(server, ADA, REMOVE, id=f"dom_{acmes}"))["errors"] == []
    assert (await change(server, MAX, VERIFY, id=entry["domainId"]))["errors"] == []


@pytest.mark.parametrize("domain", ["", "x", "-.example", "a b.example", "a@acme.example", "x" * 260, "acme..example"])
async def test_what_is_no_domain(server: Client, domain: str) -> None:
    payload = await change(server, ADA, ADD_DOMAIN, organization=ORGANIZATION, domain=domain)
    assert [(error["code"], error["path"]) for error in payload["errors"]] == [("INVALID", ["input", "domain"])]


async def test_a_domain_is_added_once_in_one_spelling(server: Client) -> None:
    entry = await add(server, "xn--bcher-kva.example")
    for same in ("Bücher.Example", "xn--bcher-kva.example."):
        payload = await change(server, ADA, ADD_DOMAIN, organization=ORGANIZATION, domain=same)
        assert [error["code"] for error in payload["errors"]] == ["DUPLICATE"]
    assert entry["recordName"] == "_portico.xn--bcher-kva.example"


@pytest.mark.parametrize("who", ["sam@acme.example", "ben@acme.example", "dan@pear.example", MAX])
async def test_who_may_not(server: Client, who: str) -> None:
    payload = await change(server, who, ADD_DOMAIN, organization=ORGANIZATION, domain="acme.example")
    assert [error["code"] for error in payload["errors"]] in (["FORBIDDEN"], ["NOT_FOUND"])
    entry = await add(server, "acme.example")
    for document in (VERIFY, REMOVE):
        for id_ in (entry["domainId"], f"dom_{named_key('nobody')}"):
            payload = await change(server, who, document, id=id_)
            assert [(error["code"], error["path"]) for error in payload["errors"]] == [("NOT_FOUND", ["input", "id"])]
    assert await state(server) == [(False, False)]


async def backdate(server: Client, by: timedelta) -> None:
    """Let time pass for all domains."""
    times = ("checked_at", "missing_since")
    moved = ", ".join(f"{time} = {earlier(time, f'{by.total_seconds()} seconds')}" for time in times)
    async with server.backend.engine.begin() as connection:
        await connection.execute(text(f"UPDATE sign_in_domains SET {moved}"))


async def test_a_domain_is_looked_for_again_and_lapses(server: Client, names: Names) -> None:
    await add_domain(server, names, "acme.example")
    context = server.backend.mutation_context
    assert not await check_next_domain(context)
    assert names.texts is not None
    kept = dict(names.texts)
    for texts, after in (
        (kept, [(True, True)]),
        (None, [(True, True)]),
        ({}, [(True, True)]),
        (kept, [(True, True)]),
        ({}, [(True, True)]),
        (None, [(True, True)]),
    ):
        names.texts = texts
        await backdate(server, timedelta(days=2))
        assert await check_next_domain(context)
        assert await state(server) == after
    names.texts = {}
    await backdate(server, timedelta(days=6))
    assert await check_next_domain(context)
    assert await state(server) == [(False, False)]
    await backdate(server, timedelta(days=2))
    assert not await check_next_domain(context)


async def test_a_domain_that_is_verified_while_it_is_looked_for_stays(
    server: Client, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await add(server, "acme.example")
    assert names.texts is not None
    names.texts["_portico.acme.example"] = [entry["recordText"]]
    verify = {"id": entry["domainId"]}
    assert (await change(server, ADA, VERIFY, **verify))["errors"] == []
    kept, names.texts = names.texts, {}
    await backdate(server, timedelta(days=2))
    assert await check_next_domain(server.backend.mutation_context)
    await backdate(server, timedelta(days=8))
    look = names.records

    async def late(name: str) -> Sequence[str] | None:
        monkeypatch.setattr(names, "records", look)
        found, names.texts = await look(name), kept
        assert (await change(server, ADA, VERIFY, **verify))["errors"] == []
        return found

    monkeypatch.setattr(names, "records", late)
    assert await check_next_domain(server.backend.mutation_context)
    assert await state(server) == [(True, True)]


async def test_no_name_server_is_not_no_record() -> None:
    """A resolver that fails says nothing about a record; one without any record says that there is none."""

    def create(error: Exception) -> TxtRecords:
        class Failing(dns.asyncresolver.Resolver):
            async def resolve(self, *_: object, **__: object) -> object:  # type: ignore[override]
                raise error

        return TxtRecords(lambda: Failing(configure=False))

    missing, late = dns.resolver.NXDOMAIN, dns.resolver.LifetimeTimeout
    for error, records in ((missing(), []), (late(timeout=1, errors=[]), None), (OSError(), None)):  # type: ignore[no-untyped-call]
        assert await create(error).records("x.example") == records
