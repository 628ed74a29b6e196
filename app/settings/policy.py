"""The policy and the log of its decisions."""

import site
import sys
import sysconfig
from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings

from app.settings.declare import variable

ROOT = Path(__file__).resolve().parents[2]


def installed_policy(package: Path = ROOT) -> Path:
    """The policy that comes with an installed package, whose modules are in the folder `package`. pip puts files for
    `share` below the prefix that the modules are below: that of Python or of a virtual environment; on Debian, without
    one, /usr/local; with `--user`, the user's."""
    prefixes = (sys.prefix, sysconfig.get_path("data"), site.getuserbase())
    containing = [prefix for prefix in prefixes if package.is_relative_to(prefix)]
    return Path(max(containing, key=len, default=sys.prefix)) / "share" / "portico" / "policies.polar"


class PolicySettings(BaseSettings):
    """The policy and the log of its decisions."""

    policy: Path = variable(
        "PORTICO_POLICY",
        ROOT / "policies.polar" if (ROOT / "pyproject.toml").exists() else installed_policy(),
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
