"""The dashboard and the alert rules that operators copy: they name metrics that exist, and are valid."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import yaml

from tests.support.metrics import metrics_of
from tests.support.paths import ROOT
from tests.support.server import serving

FOLDER = ROOT / "docs" / "monitoring"
RULES = FOLDER / "alerts.yaml"
DASHBOARD = FOLDER / "grafana-dashboard.json"
METRIC = re.compile(r"\b(?:portico|process)_[a-z_]+\b")


def expressions() -> list[str]:
    """Every expression of the rules and of the dashboard."""
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    panels = json.loads(DASHBOARD.read_text())["panels"]
    targets = [target for panel in panels for target in panel.get("targets", ())]
    return [*(rule["expr"] for rule in group["rules"]), *(target["expr"] for target in targets)]


async def test_every_metric_exists_and_every_own_one_is_shown(database_url: str, tmp_path: Path) -> None:
    async with serving(database_url, tmp_path) as client:
        text = await metrics_of(client)
    names = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    used = {re.sub("_bucket$", "", name) for expression in expressions() for name in METRIC.findall(expression)}
    assert used <= names
    assert {name for name in names if name.startswith("portico_")} - used == {"portico_build_info"}


def test_every_metric_is_documented() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    used = {re.sub("_bucket$", "", name) for expression in expressions() for name in METRIC.findall(expression)}
    assert {name for name in used if name.startswith("portico_") and f"`{name}`" not in page} == set()


def test_every_alert_is_explained_and_nothing_else_is() -> None:
    """So that whoever is woken by one finds it, and what to do first."""
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    page = (ROOT / "docs" / "operations.md").read_text()
    explained = re.findall(r"^\| `(Portico\w+)` \| .+ \| .+ \|$", page, re.MULTILINE)
    assert sorted(explained) == sorted(rule["alert"] for rule in group["rules"])


def test_prometheus_accepts_the_rules(tmp_path: Path) -> None:
    """By Prometheus's own tool, where it is installed; the expressions of the dashboard are checked as rules, too."""
    promtool = shutil.which("promtool")
    if promtool is None:
        return
    intervals = [expression.replace("$__rate_interval", "5m") for expression in expressions()]
    rules = [{"record": f"test:expression{number}", "expr": text} for number, text in enumerate(intervals)]
    dashboard = tmp_path / "dashboard.yaml"
    dashboard.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    checked = subprocess.run(
        [promtool, "check", "rules", RULES, dashboard], capture_output=True, text=True, timeout=60, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
