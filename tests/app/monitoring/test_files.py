"""The dashboard and the alert rules that operators copy: they name metrics that exist, and are valid."""

import asyncio
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from app.background_metrics import Task
from app.database.replication.replica import ReplicaState
from app.http.errors import HttpCode
from app.operation_metrics import CLIENT_GONE, KINDS, OK
from models import WebhookState
from resolvers.errors import ErrorCode
from schema.execution.errors import QueryCode
from tests.support.monitoring.metrics import metrics_of
from tests.support.paths import ROOT
from tests.support.server import add_demo_world, serving

FOLDER = ROOT / "docs" / "monitoring"
RULES = FOLDER / "alerts.yaml"
RULE_TESTS = FOLDER / "alerts-tests.yaml"
DASHBOARD = FOLDER / "grafana-dashboard.json"
METRIC = re.compile(r"\b(?:portico|process)_[a-z_]+\b")
SELECTOR = re.compile(r"\b(up|(?:portico|process)_[a-z_]+)\b(?:{([^}]*)})?")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
GROUPED = re.compile(r"\bby \(([^)]*)\)")
OF_PROMETHEUS = frozenset({"instance", "job"})
"""The labels that Prometheus adds to those of a server."""

VALUES: dict[str, set[str]] = {
    "kind": set(KINDS),
    "outcome": {OK, CLIENT_GONE, *map(str, (*HttpCode, *QueryCode, *ErrorCode)), "taken", "refused", "done", "failed"},
    "task": set(Task),
    "state": {*map(str, ReplicaState), *(state.value.lower() for state in WebhookState), "failing"},
    "instance": {"$instance"},
    "job": {"portico"},
}
"""The values that labels have which an expression names."""


def rules() -> list[dict[str, Any]]:
    """The rules for alerts."""
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    return list(group["rules"])


def targets() -> list[dict[str, str]]:
    """What the panels of the dashboard show, each with its expression and legend."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target for panel in panels for target in panel.get("targets", ())]


def expressions() -> list[str]:
    """Every expression of the rules and of the dashboard."""
    return [*(rule["expr"] for rule in rules()), *(target["expr"] for target in targets())]


def documented_labels() -> dict[str, set[str]]:
    """The labels of each metric, as the table in docs/monitoring.md has them."""
    page = (ROOT / "docs" / "monitoring.md").read_text()
    table = re.findall(r"^\| (`portico_[^|]*) \|([^|]*)\|", page, re.MULTILINE)
    return {
        name: set(re.findall(r"`(\w+)`", labels)) for names, labels in table for name in re.findall(r"`(\w+)`", names)
    }


def labels_of(name: str) -> set[str]:
    """The labels that the samples of a metric have in Prometheus."""
    if not name.startswith("portico_"):
        return set(OF_PROMETHEUS)
    family = name.removesuffix("_bucket")
    return documented_labels()[family] | OF_PROMETHEUS | ({"le"} if family != name else set())


async def test_every_metric_exists_and_every_own_one_is_shown(database_url: str, tmp_path: Path) -> None:
    async with serving(database_url, tmp_path) as client:
        text = await metrics_of(client)
    names = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    used = {re.sub("_bucket$", "", name) for expression in expressions() for name in METRIC.findall(expression)}
    assert used <= names
    assert {name for name in names if name.startswith("portico_")} - used == {"portico_build_info"}


def test_every_metric_is_documented() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text()
    used = {re.sub("_bucket$", "", name) for expression in expressions() for name in METRIC.findall(expression)}
    assert {name for name in used if name.startswith("portico_") and f"`{name}`" not in page} == set()


def test_every_alert_is_explained_and_nothing_else_is() -> None:
    """So that whoever is woken by one finds it, and what to do first."""
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    page = (ROOT / "docs" / "monitoring.md").read_text()
    explained = re.findall(r"^\| `(Portico\w+)` \| .+ \| .+ \|$", page, re.MULTILINE)
    assert sorted(explained) == sorted(rule["alert"] for rule in group["rules"])


async def test_the_labels_are_those_that_are_documented(database_url: str, tmp_path: Path) -> None:
    """Of all metrics that have samples in a server without replicas."""
    await add_demo_world(database_url)
    async with serving(database_url, tmp_path) as client:
        await client.answer("{ nothing }")
        await client.sign_in("ada@acme.example")
        text = await metrics_of(client)
    seen: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.startswith("portico_"):
                name = re.sub("_(bucket|sum|count)$", "", sample.name) if family.type == "histogram" else sample.name
                seen.setdefault(name, set()).update(sample.labels.keys() - {"le"})
    assert len(seen) > 20
    documented = documented_labels()
    assert seen == {name: documented[name] for name in seen}


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_names_labels_and_values_that_exist(expression: str) -> None:
    names = [name for name, _ in SELECTOR.findall(expression)]
    assert names
    for name, matchers in SELECTOR.findall(expression):
        for label, operator, value in MATCHER.findall(matchers):
            assert label in labels_of(name), f"{name} has no label {label}"
            assert set(value.split("|") if "~" in operator else [value]) <= VALUES[label]
    for grouped in GROUPED.findall(expression):
        labels = {label.strip() for label in grouped.split(",")}
        assert labels <= set.union(*map(labels_of, names)), f"none of {names} has all of {labels}"


@pytest.mark.parametrize("target", targets(), ids=lambda target: target["expr"])
def test_a_legend_names_labels_that_the_expression_keeps(target: dict[str, str]) -> None:
    [name, *_] = [name for name, _ in SELECTOR.findall(target["expr"])]
    grouped = GROUPED.findall(target["expr"])
    is_aggregated = re.match(r"(sum|max|count|histogram_quantile)\b", target["expr"])
    kept = {label.strip() for label in ",".join(grouped).split(",")} if is_aggregated else labels_of(name)
    assert set(re.findall(r"{{(\w+)}}", target.get("legendFormat", ""))) <= kept


def test_each_alert_has_series_for_which_it_fires_and_some_for_which_it_does_not() -> None:
    fires: set[str] = set()
    rests: set[str] = set()
    for test in yaml.safe_load(RULE_TESTS.read_text())["tests"]:
        for alert in test["alert_rule_test"]:
            (fires if alert.get("exp_alerts") else rests).add(alert["alertname"])
    assert fires == rests == {rule["alert"] for rule in rules()}


def test_the_alerts_fire_as_their_tests_say() -> None:
    """By Prometheus's own tool, where it is installed."""
    promtool = shutil.which("promtool")
    if promtool is None:
        return
    tested = subprocess.run(
        [promtool, "test", "rules", RULE_TESTS], capture_output=True, text=True, timeout=120, check=False
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr


async def test_prometheus_finds_nothing_wrong_with_the_metrics(database_url: str, tmp_path: Path) -> None:
    """By Prometheus's own tool, where it is installed: names, units, types and descriptions."""
    promtool = shutil.which("promtool")
    if promtool is None:
        return
    async with serving(database_url, tmp_path) as client:
        await client.answer("{ __typename }")
        text = await metrics_of(client)
    own = "".join(line for line in text.splitlines(keepends=True) if "portico_" in line)
    checked = await asyncio.to_thread(
        subprocess.run,
        [promtool, "check", "metrics"],
        input=own,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


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
