"""The pages behind mailed links have the language of the mail."""

import re

import pytest

from app.mail.language import OF_COUNTRY
from app.pages import FOLDER, password_advice
from app.pages.password_page import ACTIVATION, PASSKEY_MADE, PASSWORD_RESET
from app.pages.vocabulary import LANGUAGES, TRANSLATIONS, countries, translator
from resolvers.identity.password_strength import password_strength
from tests.support.resolver_fixtures import activation_token, invited
from tests.support.server import BASE_URL, Client

STRONG = "violet ladder humming quietly"
WITHOUT_TRANSLATION = {"console_unavailable.html", "fields.html"}
"""One is for operators, whose console was not built; the other has only attributes, and texts that others give it."""

TEMPLATES = sorted({file.name for file in FOLDER.glob("*.html")} - WITHOUT_TRANSLATION)
MARKUP = re.compile(
    r"{#.*?#}|{% block action %}.*?{% endblock %}|{%.*?%}|{{.*?}}|<title>.*?</title>|<[^>]*>", re.DOTALL
)


def test_the_pages_have_the_languages_of_the_mails() -> None:
    assert set(LANGUAGES) == {"en", *OF_COUNTRY.values()}


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_text_of_the_pages_is_translated(language: str) -> None:
    in_templates = {
        text for name in TEMPLATES for text in re.findall(r'\b_\("((?:[^"])+)"\)', (FOLDER / name).read_text())
    }
    assert len(in_templates) > 15
    messages = {text for purpose in (ACTIVATION, PASSWORD_RESET) for text in (*purpose.expired, *purpose.invalid)}
    messages |= {*ACTIVATION.done, *PASSWORD_RESET.done, *PASSKEY_MADE}
    assert in_templates | messages | set(password_advice.SCORES) <= set(TRANSLATIONS[language])
    assert translator(language)("No such text.") == "No such text."


@pytest.mark.parametrize("language", TRANSLATIONS)
async def test_advice_on_passwords_is_translated(language: str) -> None:
    weak = (
        "password12",
        "1234567890",
        "qwertyuiop",
        "aaaaaaaaaa",
        "abcabcabcabc",
        "01.02.1990",
        "P@$$W0RD12",
        "hannahsmith",
    )
    for password in weak:
        assert set((await password_strength(password, ())).advice) <= set(password_advice.TRANSLATIONS[language])


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_text_of_a_template_bypasses_the_vocabulary(name: str) -> None:
    words = re.findall(r"[A-Za-z]{2,}", MARKUP.sub(" ", (FOLDER / name).read_text()))
    assert words == []


def test_countries_are_in_the_order_of_their_names() -> None:
    assert ("NL", "Niederlande") in countries("de")
    assert ("NL", "Netherlands") in countries("en")
    assert len(countries("de")) == len(countries("en"))


@pytest.mark.asyncio(loop_scope="module")
async def test_the_page_is_in_the_language_of_the_link_or_of_the_users_country(client: Client) -> None:
    await invited(client.backend.mutation_context, "tim@acme.example")
    token = await activation_token(client.backend.mutation_context, "tim@acme.example")
    for language, expected in (("de", "de"), ("en", "en"), ("fr", "en"), ("", "en"), ("<b>", "en")):
        page = await client.http.get("/activate", params={"token": token, "language": language})
        assert f'<html lang="{expected}">' in page.text
    german = await activation_token(client.backend.mutation_context, "pat@acme.example")
    assert '<html lang="de">' in (await client.http.get("/activate", params={"token": german})).text
    broken = await client.http.get("/activate", params={"token": "x", "language": "de"})
    assert "Dieser Link ist ungültig" in broken.text


@pytest.mark.asyncio(loop_scope="module")
async def test_the_language_is_kept_to_the_end_and_the_last_page_leads_to_the_sign_in(client: Client) -> None:
    token = await activation_token(client.backend.mutation_context, "pat@acme.example")
    form = {"token": token, "language": "de", "password": STRONG, "repeated": "x"}
    wrong = await client.http.post("/activate", data=form)
    assert "Die beiden Passwörter sind verschieden." in wrong.text
    assert '<html lang="de">' in wrong.text
    done = await client.http.post("/activate", data=form | {"repeated": STRONG})
    assert (done.status_code, done.headers["location"]) == (303, "activated?language=de")
    last = await client.http.get(f"/{done.headers['location']}")
    assert "Ihr Passwort ist festgelegt" in last.text
    assert re.findall(r'<a href="([^"]+)">Anmelden</a>', last.text) == [f"{BASE_URL}/console/"]
