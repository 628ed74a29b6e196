"""The receiver in Python of `docs/webhooks.md` accepts what Portico signs, once, and refuses everything else."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.webhooks.signature import signed_headers
from resolvers.mutations.webhooks.retry import PAUSES
from resolvers.mutations.webhooks.signing_secrets import new_secret
from tests.support.paths import DOCS

PAGE = (DOCS / "webhooks.md").read_text()
MESSAGE = json.dumps({"type": "user.updated", "data": {"subject": "usr_1"}}).encode()


@contextmanager
def running(program: Path, secret: str, port: int) -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {"WEBHOOK_SECRET": secret, "PORT": str(port)}
    with subprocess.Popen([sys.executable, program], env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            for _ in range(600):
                try:
                    httpx.get(f"http://127.0.0.1:{port}/")
                except httpx.TransportError:
                    time.sleep(0.05)
                else:
                    break
            yield process
        finally:
            process.kill()


def test_the_receiver_on_the_page(tmp_path: Path, unused_tcp_port: int) -> None:
    [source] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    program, secret, other = tmp_path / "receiver.py", new_secret(), new_secret()
    program.write_text(source)
    now = int(time.time())
    address = f"http://127.0.0.1:{unused_tcp_port}/in"
    with running(program, secret, unused_tcp_port) as process:
        by_both = dict(signed_headers("evt_1", now, MESSAGE, [other, secret]))
        assert [httpx.post(address, content=MESSAGE, headers=by_both).status_code for _ in range(2)] == [204, 204]
        for forged in (
            signed_headers("evt_2", now, MESSAGE, [other]),
            signed_headers("evt_2", now - 3600, MESSAGE, [secret]),
            {**by_both, "Webhook-Id": "evt_2"},
        ):
            assert httpx.post(address, content=MESSAGE, headers=dict(forged)).status_code == 400
        process.kill()
        output, _ = process.communicate()
    assert output == "user.updated usr_1\n"


@pytest.mark.parametrize(
    ("unit", "seconds", "said"),
    [("seconds", 1, "5 and 30"), ("minutes", 60, "2, 10 and 30"), ("hours", 3600, "1, 2, 4, 8, 12, 16 and 24")],
)
def test_the_page_says_the_pauses(unit: str, seconds: int, said: str) -> None:
    assert f"{said} {unit}" in " ".join(PAGE.split())
    said_pauses = [int(number) * seconds for number in re.findall(r"\d+", said)]
    assert set(said_pauses) <= {pause.total_seconds() for pause in PAUSES}
