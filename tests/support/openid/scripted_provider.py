"""A provider on this machine whose every answer a test can change: for attacks, and for failures.

By default it is an honest one: it signs what it was asked for, with a key that it publishes.
"""

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import cycle
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "portico", "a secret of the client / with + odd % characters"


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}, private=True)


@cache
def _first_keys() -> Iterator[RSAKey]:
    """Keys that were made before, in turn, so that providers of one test have different ones: to make one takes a
    quarter of a test."""
    return cycle([new_key("first") for _ in range(3)])


@dataclass
class Person:
    """Who signs in, and what the provider says about them."""

    subject: str
    claims: dict[str, Any] = field(default_factory=dict)


@dataclass
class Granted:
    """A code that was given out."""

    person: Person
    parameters: dict[str, str]


class ScriptedProvider:
    """A provider at `issuer`. What it publishes, and the claims and the signature of its tokens, can be replaced."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = next(_first_keys())
        self.published = [self.key]
        self.codes: dict[str, Granted] = {}
        self.requests: list[str] = []
        self.metadata_changes: dict[str, Any] = {}
        self.claim_changes: dict[str, Any] = {}
        self.sends_issuer = True
        self.checks_pkce = True
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.answer: Callable[[str], Response | None] = lambda _path: None
        """What a path answers, in place of what it should."""

    @property
    def metadata(self) -> dict[str, Any]:
        """What it publishes about itself."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": self.sends_issuer,
        } | self.metadata_changes

    def signed(self, claims: dict[str, Any], key: RSAKey | None = None) -> str:
        key = key or self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)

    def claims(self, granted: Granted) -> dict[str, Any]:
        """The claims of an ID token. None as a change removes one."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": granted.person.subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": granted.parameters["nonce"],
            **granted.person.claims,
            **self.claim_changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def authorize(self, url: str, person: Person) -> str:
        """What the browser gets that signs a person in at an authorization URL: the address it goes back to."""
        parameters = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
        assert url.startswith(f"{self.issuer}/authorize?")
        assert parameters["response_type"] == "code"
        assert parameters["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = Granted(person, parameters)
        answer = {"code": code, "state": parameters["state"]} | ({"iss": self.issuer} if self.sends_issuer else {})
        return f"{parameters['redirect_uri']}?{urlencode(answer)}"

    async def respond(self, request: Request) -> Response:
        path = request.url.path
        self.requests.append(path)
        scripted = self.answer(path)
        if scripted is not None:
            return scripted
        if path.endswith("/.well-known/openid-configuration"):
            return JSONResponse(self.metadata)
        if path.endswith("/keys"):
            return JSONResponse({"keys": [key.as_dict(private=False) for key in self.published]})
        return self.token(request.headers.get("authorization", ""), (await request.body()).decode())

    def token(self, authorization: str, body: str) -> Response:
        form = {name: value for name, (value,) in parse_qs(body).items()}
        granted = self.codes.pop(form.get("code", ""), None)
        if granted is None or form["redirect_uri"] != granted.parameters["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if self.checks_pkce and challenge != granted.parameters["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        if not authorization.startswith("Basic "):
            return JSONResponse({"error": "invalid_client"}, 401)
        return JSONResponse(
            {"access_token": "unused", "token_type": "Bearer", "id_token": self.sign(self.claims(granted))}
        )


def encoded(part: dict[str, Any]) -> str:
    """A part of a JWT."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def unsigned(claims: dict[str, Any]) -> str:
    """A token with the algorithm `none`."""
    return ".".join((encoded({"alg": "none", "typ": "JWT"}), encoded(claims), ""))


@asynccontextmanager
async def scripted_provider(path: str = "") -> AsyncIterator[ScriptedProvider]:
    """A provider on a free port of this machine, in this event loop."""
    app = Starlette()
    config = uvicorn.Config(app, "127.0.0.1", 0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    provider = ScriptedProvider(f"http://127.0.0.1:{port}{path}")
    app.router.routes.append(Route("/{rest:path}", provider.respond, methods=["GET", "POST"]))
    try:
        yield provider
    finally:
        server.should_exit = True
        await serving
