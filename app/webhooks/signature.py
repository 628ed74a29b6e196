"""Signs messages by Standard Webhooks (https://www.standardwebhooks.com, "Signature scheme"): HMAC-SHA256 under each of
the secrets, over id, time and body."""

import base64
import hmac
from collections.abc import Mapping, Sequence

from resolvers.mutations.webhooks.signing_secrets import PREFIX


def signed_headers(message_id: str, seconds: int, body: bytes, secrets: Sequence[str]) -> Mapping[str, str]:
    """The headers of a message that is sent at a time, in seconds since 1970, with a signature for each secret."""
    content = f"{message_id}.{seconds}.".encode() + body
    signatures = (_signature(secret, content) for secret in secrets)
    return {
        "Content-Type": "application/json",
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(seconds),
        "Webhook-Signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, content, "sha256")).decode()
