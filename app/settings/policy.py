"""The policy and the log of its decisions."""

import sys
from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings

from app.settings.declare import variable

ROOT = Path(__file__).resolve().parents[2]
INSTALLED_POLICY = Path(sys.prefix) / "share" / "portico" / "policies.polar"


class PolicySettings(BaseSettings):
    """The policy and the log of its decisions."""

    policy: Path = variable(
        "PORTICO_POLICY",
        ROOT / "policies.polar" if (ROOT / "pyproject.toml").exists() else INSTALLED_POLICY,
        "The file with the authorization rules.",
    )
    policy_watch: bool = variable(
        "PORTICO_POLICY_WATCH",
        True,
        "Whether a server reloads a changed policy file by itself. Otherwise it waits for `portico policy reload`.",
    )
    decision_log: Path | None = variable(
        "PORTICO_DECISION_LOG", None, "The file to which the policy's decisions are written. If unset, they aren't."
    )
    decision_log_share: float = variable(
        "PORTICO_DECISION_LOG_SHARE",
        1.0,
        "The share of statements and transactions whose decisions are written: 0.01 is one in a hundred.",
        gt=0,
        le=1,
    )
    decision_log_ids: Literal["hashed", "plain"] = variable(
        "PORTICO_DECISION_LOG_IDS",
        "hashed",
        "How the decision log names users and resources: by ids, or by hashes of them under the secret key.",
    )
