"""The settings: typed, refused with reasons, silent about secrets, and all of them documented."""

import re
import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from app.cli import program
from app.data_folder import secret_key
from app.database.pools import normalize_url
from app.settings import Settings, SettingsError, load
from tests.support.paths import ROOT

SECRETS = {
    "DATABASE_URL": "postgresql://portico:geheim-1@db.example/portico?sslpassword=geheim-2",
    "SMTP_URL": "smtp://portico:geheim-3@mail.example:587",
    "PORTICO_SECRET_KEY": "geheim-4" * 8,
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)


def test_they_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTICO_PORT", "9001")
    monkeypatch.setenv("PORTICO_SESSION_IDLE", "PT30M")
    monkeypatch.setenv("PORTICO_MAIL_WORKER", "off")
    settings = load()
    assert (settings.port, settings.session_idle, settings.mail_worker) == (9001, timedelta(minutes=30), False)


def test_what_is_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTICO_PORT", "9001")
    assert load(port=9002, host=None).port == 9002


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://root:geheim@db/x"),
        ("SMTP_URL", "geheim"),
        ("PORTICO_PORT", "65536"),
        ("PORTICO_PORT", "http"),
        ("PORTICO_BASE_URL", "portico.example.com"),
        ("PORTICO_BASE_URL", "https://portico.example.com/?x=geheim"),
        ("PORTICO_SECRET_KEY", "geheim"),
        ("PORTICO_MAIL_FROM", "nobody"),
        ("PORTICO_SESSION_IDLE", "PT0S"),
        ("PORTICO_SESSION_LIFETIME", "a day"),
        ("PORTICO_READ_CONNECTIONS", "0"),
        ("PORTICO_LOG_LEVEL", "LOUD"),
        ("PORTICO_MAX_COST", "0"),
        ("PORTICO_COST_CAPACITY", "0"),
        ("PORTICO_COST_REFILL", "0"),
        ("PORTICO_DEMO", "maybe"),
        ("PORTICO_TRUSTED_PROXIES", "10.0.0.1, proxy.example"),
        ("PORTICO_TRUSTED_PROXIES", "10.0.0.1/8"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name) as refused:
        load()
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORTICO_SESSION_IDLE", "2h", "must be a duration such as PT30M or P7D, or a number of seconds"),
        ("PORTICO_DEMO", "maybe", "must be true or false"),
        ("PORTICO_BASE_URL", "portico", "must be an address such as https://portico.example.com"),
    ],
)
def test_what_is_wrong_is_said_in_an_operators_words(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load()
    assert str(refused.value) == f"{name}: {words}"


@pytest.mark.parametrize("value", ["", "*", "127.0.0.1", "10.0.0.0/8, ::1,fd00::/8"])
def test_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PORTICO_TRUSTED_PROXIES", value)
    assert load().trusted_proxies == value


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTICO_PORT", "x")
    monkeypatch.setenv("PORTICO_DEMO", "x")
    with pytest.raises(SettingsError) as refused:
        load()
    assert {line.partition(":")[0] for line in str(refused.value).splitlines()} == {"PORTICO_PORT", "PORTICO_DEMO"}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_database_urls_of_all_tools_are_understood(scheme: str) -> None:
    assert normalize_url(f"{scheme}://u@/d?host=/run/pg") == "postgresql://u@/d?host=/run/pg"


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"port": 9000}, "http://127.0.0.1:9000"),
        ({"host": "0.0.0.0"}, "http://127.0.0.1:8000"),
        ({"host": "::"}, "http://[::1]:8000"),
        ({"base_url": "https://portico.example.com/"}, "https://portico.example.com"),
    ],
)
def test_links_begin_with_the_base_url(given: dict[str, str], address: str) -> None:
    assert load(**given).address() == address


@pytest.mark.parametrize("name", ["graphiql", "introspection", "suggestions"])
def test_what_tells_of_the_api_is_off_by_https_unless_asked_for(name: str) -> None:
    for base_url, on in (("http://portico.internal", True), ("https://portico.example.com", False)):
        assert [
            settings.is_enabled(getattr(settings, name))
            for settings in (load(base_url=base_url), load(base_url=base_url, **{name: True}),
                             load(base_url=base_url, **{name: False}))
        ] == [on, True, False]  # fmt: skip


def test_the_listing_says_what_follows_from_the_base_url(monkeypatch: pytest.MonkeyPatch) -> None:
    def listed(name: str) -> str:
        listing = CliRunner().invoke(program, ["settings"], env={"COLUMNS": "400"}).stdout
        return re.search(rf"{name} +(.*?)(?=\n *\n| PORTICO|\Z)", listing, re.DOTALL)[1]  # type: ignore[index]

    assert listed("PORTICO_GRAPHIQL").startswith("true (http base URL) ")
    monkeypatch.setenv("PORTICO_BASE_URL", "https://portico.example.com")
    monkeypatch.setenv("PORTICO_INTROSPECTION", "true")
    assert listed("PORTICO_GRAPHIQL").startswith("false (https base URL) ")
    assert re.match(r"true .*\n +default: false \(https base URL\)", listed("PORTICO_INTROSPECTION"))


def test_secrets_are_in_no_text_about_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    listing = CliRunner().invoke(program, ["settings"], env={"COLUMNS": "200"}).stdout
    for text in (listing, repr(load()), str(load()), load().model_dump_json()):
        assert "geheim" not in text
    assert "postgresql://portico:****@db.example/portico" in listing
    assert "smtp://portico:****@mail.example:587" in listing


def test_the_listing_shows_value_default_and_purpose_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTICO_PORT", "9001")
    result = CliRunner().invoke(program, ["settings"], env={"COLUMNS": "400"})
    assert result.exit_code == 0
    for field in Settings.model_fields.values():
        assert str(field.validation_alias) in result.stdout
        assert field.description
        assert field.description in result.stdout
    assert re.search(r"PORTICO_PORT +9001 .*\n +default: 8000", result.stdout)


def test_names_are_whole_on_a_narrow_terminal() -> None:
    listing = CliRunner().invoke(program, ["settings"], env={"COLUMNS": "80"}).stdout
    assert all(str(field.validation_alias) in listing for field in Settings.model_fields.values())


def test_every_setting_is_documented_and_nothing_else() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*) \|", page, re.MULTILINE))
    assert rows.keys() == {str(field.validation_alias) for field in Settings.model_fields.values()}
    for field in Settings.model_fields.values():
        if isinstance(field.default, int):
            assert str(field.default).lower() in rows[str(field.validation_alias)]


def test_the_generated_key_is_private_and_the_same_for_all_who_ask_at_once(tmp_path: Path) -> None:
    keys: list[str] = []
    threads = [threading.Thread(target=lambda: keys.append(secret_key(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert len(keys[0]) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_given_key_is_taken_and_none_generated(tmp_path: Path) -> None:
    settings = Settings(secret_key=SecretStr("k" * 32), data_dir=tmp_path)
    assert settings.key() == b"k" * 32
    assert list(tmp_path.iterdir()) == []
    assert len(Settings(data_dir=tmp_path).key()) == 64


@pytest.mark.parametrize("given", ["portal.example.com", "javascript:alert(1)", "https://portal.example.com/?a=b"])
def test_the_portal_is_the_address_of_a_page(given: str) -> None:
    with pytest.raises(SettingsError, match="PORTICO_PORTAL_URL"):
        load(portal_url=given)


def test_users_sign_in_at_the_portal_or_in_the_console() -> None:
    base_url = "https://portico.example/app"
    assert load(base_url=base_url).sign_in_address() == f"{base_url}/console/"
    portal_url = "https://portal.example.com/start"
    assert load(base_url=base_url, portal_url=portal_url).sign_in_address() == portal_url


def test_replicas_are_a_list_of_urls() -> None:
    def replicas(value: str) -> list[str]:
        return load(read_database_url=value).replicas()

    assert load().replicas() == []
    assert replicas("postgres://one/db") == ["postgresql://one/db"]
    assert replicas("postgresql://u:a,b@one/db , postgresql+asyncpg://two,three/db") == [
        "postgresql://u:a,b@one/db",
        "postgresql://two,three/db",
    ]
    with pytest.raises(SettingsError, match="PORTICO_READ_DATABASE_URL: a database URL begins with") as refused:
        replicas("postgresql://one/db, mysql://two/secret")
    assert "secret" not in str(refused.value)
