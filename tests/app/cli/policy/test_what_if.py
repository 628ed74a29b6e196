"""`explain` and `what-can` of users as they would be: `--with`, `--without`, `--grant`, `--revoke`."""

import json
from typing import Any

import pytest

from tests.support.worlds.models import key

SUE = ("--user", "sue@acme.example")
BILLING = ("explain", *SUE, "--action", "view_billing", "--on", "ACME East")


def test_explain_as_if_they_had_more(portico: Any) -> None:
    assert portico(*BILLING)[0] == 1
    code, out, _ = portico(*BILLING, "--with", "billing_view", "--grant", "ACME East")
    assert code == 0
    assert (
        "sue@acme.example, with BILLING_VIEW, with ContractAccount ACME East, may view_billing ContractAccount ACME "
        "East (today: may not)"
    ) in out
    assert "(grant of ACME East)" in out
    code, out, _ = portico(*BILLING, "--with", "BILLING_VIEW", "--json")
    found = json.loads(out)
    assert (code, found["allowed"], found["allowedToday"]) == (1, False, False)
    assert found["whatIf"] == {"with": ["BILLING_VIEW"], "without": [], "grant": [], "revoke": []}
    assert portico(*BILLING)[0] == 1, "nothing is written"


def test_what_can_as_if_they_had_less(portico: Any) -> None:
    asked = ("what-can", *SUE, "--type", "Service", "--json")
    code, out, _ = portico(*asked, "--revoke", f"ca_{key(11)}")
    found = json.loads(out)
    assert (code, found["counts"]) == (0, [{"type": "Service", "action": "view", "things": 0, "thingsToday": 3}])
    assert found["whatIf"]["revoke"][0]["name"] == "ACME South"
    sam = ("what-can", "--user", "sam@acme.example", "--action", "assign_permission")
    _, out, _ = portico(*sam, "--with", "BILLING_VIEW", "--without", "USER_MANAGEMENT")
    assert "with BILLING_VIEW, without USER_MANAGEMENT. Nothing is written." in out
    assert "none   SITES_SERVICES_VIEW, SUPPORT_VIEW, USER_MANAGEMENT" in " ".join(out.split("\n"))
    _, out, _ = portico(*sam, "--with", "BILLING_VIEW", "--json")
    assert "BILLING_VIEW" in json.loads(out)["capabilities"][0]["values"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--with", "BILING_VIEW"], "Did you mean BILLING_VIEW?"),
        (["--with", "BILLING_VIEW", "--without", "BILLING_VIEW"], "BILLING_VIEW is in both options."),
        (["--grant", "ACME South"], "2 resources have the name 'ACME South'. Use an id:"),
        (["--grant", f"da_{key(22)}", "--grant", "Globex"], "No ContractAccount or DeliveryAccount has the name or id"),
        (["--without", "BILLING_VIEW"], "BILLING_VIEW is not granted, so it can't be taken away."),
    ],
)
def test_changes_that_cannot_be(portico: Any, options: list[str], message: str) -> None:
    code, _, err = portico(*BILLING, *options)
    assert (code, message in " ".join(err.replace("│", " ").split())) == (2, True)
