"""A DNS server on this machine that answers what a test says, and counts the questions."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import dns.asyncresolver
import dns.message
import dns.rdatatype
import dns.rrset

from app.egress.resolver import Resolver


class NameServer(asyncio.DatagramProtocol):
    """`answers` are the addresses for each question of a type: the first for the first question, and the last one for
    all further questions. None: it doesn't answer."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Sequence[str] | None]] = {"A": [()], "AAAA": [()]}
        self.questions: list[tuple[str, str]] = []
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        kind = dns.rdatatype.to_text(question.rdtype)
        self.questions.append((question.name.to_text(), kind))
        left = self.answers[kind]
        addresses = left.pop(0) if len(left) > 1 else left[0]
        if addresses is None:
            return
        response = dns.message.make_response(query)
        if addresses:
            response.answer.append(dns.rrset.from_text(question.name, 0, "IN", kind, *addresses))
        self._transport.sendto(response.to_wire(), addr)

    def resolver(self) -> Resolver:
        """A resolver that asks this server."""

        def create() -> dns.asyncresolver.Resolver:
            resolver = dns.asyncresolver.Resolver(configure=False)
            resolver.nameservers, resolver.port = ["127.0.0.1"], self.port
            return resolver

        return Resolver(create)


@asynccontextmanager
async def name_server() -> AsyncIterator[NameServer]:
    """Runs the server on a free port."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(NameServer, ("127.0.0.1", 0))
    server.port = transport.get_extra_info("sockname")[1]
    try:
        yield server
    finally:
        transport.close()
