"""The console has a translation of what the server says about each user of the example data."""

import json

from app.demo import large_users
from app.pages.demo_sign_in import demo_sign_ins
from tests.support.paths import ROOT

WORDS = (ROOT / "console" / "src" / "session" / "demoWords.ts").read_text()


def test_each_user_of_the_example_is_described_in_both_languages() -> None:
    described = {*(user.about for user in demo_sign_ins()), *large_users.ABOUT.values()}
    assert len(described) > 10
    keys = {about: (f"'{about}':", f"{json.dumps(about)}:", f"  {about}:") for about in described}
    assert [about for about, spellings in keys.items() if not any(key in WORDS for key in spellings)] == []
