"""A provider on Authlib's server side, on this machine: it checks what clients send as the RFCs say.

PKCE is required, redirect URIs are compared exactly, the client authenticates by HTTP Basic, codes count once, and
responses name the issuer (RFC 9207).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import flask
import werkzeug.serving
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import RSAKey

CLIENT, SECRET = "portico at authlib", "s3cret"


@dataclass
class RegisteredClient(ClientMixin):  # type: ignore[misc]
    """The one client, with its one redirect URI."""

    redirect_uri: str
    client_id: str = CLIENT

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(word for word in scope.split() if word in ("openid", "email", "profile"))

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method, endpoint) == ("client_secret_basic", "token")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class StoredCode(AuthorizationCodeMixin):  # type: ignore[misc]
    """A code that was given out."""

    code: str
    subject: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str
    code_challenge_method: str
    auth_time: int = 0

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int | None:
        return None

    def get_acr(self) -> str | None:
        return None

    def get_amr(self) -> list[str] | None:
        return None


@dataclass
class AuthlibProvider:
    """What the provider knows. `subject` is who is signed in there, and `claims` what it says about them."""

    client: RegisteredClient
    subject: str = "authlib-ada"
    claims: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, StoredCode] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"use": "sig", "kid": "a"}, private=True))
    issuer: str = ""

    def app(self) -> flask.Flask:
        """The WSGI application."""
        app = flask.Flask(__name__)
        server = AuthorizationServer(app, query_client=self.find_client, save_token=lambda *_: None)
        server.register_grant(_grant(self), [_OpenIDCode(self), CodeChallenge(required=True)])
        server.register_extension(_Issuer(self))
        app.add_url_rule("/.well-known/openid-configuration", "metadata", self.metadata)
        app.add_url_rule("/keys", "keys", lambda: {"keys": [self.key.as_dict(private=False)]})
        app.add_url_rule("/token", "token", server.create_token_response, methods=["POST"])

        def authorize() -> Any:
            try:
                grant = server.get_consent_grant(end_user=self.subject)
            except OAuth2Error as error:
                return server.handle_error_response(None, error)
            return server.create_authorization_response(grant=grant, grant_user=self.subject)

        app.add_url_rule("/authorize", "authorize", authorize)
        return app

    def find_client(self, client_id: str) -> RegisteredClient | None:
        return self.client if client_id == CLIENT else None

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }


class _Issuer(IssuerParameter):  # type: ignore[misc]
    def __init__(self, provider: AuthlibProvider) -> None:
        self.provider = provider

    def get_issuer(self) -> str:
        return self.provider.issuer


class _OpenIDCode(OpenIDCode):  # type: ignore[misc]
    def __init__(self, provider: AuthlibProvider) -> None:
        super().__init__(require_nonce=True)
        self.provider = provider

    def exists_nonce(self, _nonce: str, _request: Any) -> bool:
        return False

    def resolve_client_private_key(self, _client: Any) -> RSAKey:
        return self.provider.key

    def get_client_algorithm(self, _client: Any) -> str:
        return "RS256"

    def get_encode_header(self, _client: Any) -> dict[str, Any]:
        return {"alg": "RS256", "kid": self.provider.key.kid}

    def generate_user_info(self, user: str, _scope: str) -> UserInfo:
        return UserInfo(sub=user, **self.provider.claims)

    def get_client_claims(self, client: RegisteredClient) -> dict[str, Any]:
        return {"iss": self.provider.issuer, "aud": [client.client_id]}


def _grant(provider: AuthlibProvider) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, request: Any) -> StoredCode:
            payload = request.payload
            stored = StoredCode(
                code,
                request.user,
                payload.redirect_uri,
                payload.scope,
                payload.data.get("nonce"),
                payload.data["code_challenge"],
                payload.data["code_challenge_method"],
            )
            provider.codes[code] = stored
            return stored

        def query_authorization_code(self, code: str, _client: Any) -> StoredCode | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: StoredCode) -> None:
            del provider.codes[authorization_code.code]

        def authenticate_user(self, authorization_code: StoredCode) -> str:
            return authorization_code.subject

    return Grant


@contextmanager
def serving_wsgi(app: Any) -> Iterator[str]:
    """A WSGI application on a free port of this machine, in a thread; its address."""
    server = werkzeug.serving.make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)


@contextmanager
def authlib_provider(redirect_uri: str) -> Iterator[AuthlibProvider]:
    """The provider, running."""
    provider = AuthlibProvider(RegisteredClient(redirect_uri))
    with serving_wsgi(provider.app()) as address:
        provider.issuer = address
        yield provider
