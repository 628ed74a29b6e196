"""The texts of the pages behind mailed links in other languages than English.

Templates and messages are written in English; `translator` returns their translation, or the English text if there is
none. The pages have the languages of the mails.
"""

from collections.abc import Callable, Mapping
from functools import cache
from gettext import translation
from typing import Final

import pycountry

from app.mail.language import FALLBACK

Translator = Callable[[str], str]

GERMAN: Final = {
    "Set your password": "Passwort festlegen",
    "Welcome": "Willkommen",
    "Choose a password, and your account is ready.": "Wählen Sie ein Passwort, dann ist Ihr Zugang bereit.",
    "Enter your name, choose a password, and your account is ready.": (
        "Geben Sie Ihren Namen an und wählen Sie ein Passwort, dann ist Ihr Zugang bereit."
    ),
    "Sign in with single sign-on": "Mit Single Sign-on anmelden",
    "Or set a password:": "Oder legen Sie ein Passwort fest:",
    "Your organization doesn't allow passwords. A password that you set here is for emergencies only.": (
        "Ihre Organisation erlaubt keine Passwörter. Ein Passwort, das Sie hier festlegen, ist nur für Notfälle."
    ),
    "With a passkey, you sign in by PIN, face or fingerprint, and need no password.": (
        "Mit einem Passkey melden Sie sich per PIN, Gesicht oder Fingerabdruck an und brauchen kein Passwort."
    ),
    "Create a passkey": "Passkey erstellen",
    "No passkey was made. Try again, or set a password.": (
        "Es wurde kein Passkey erstellt. Versuchen Sie es noch einmal, oder legen Sie ein Passwort fest."
    ),
    "This is no passkey for this site, or it took too long to make it. Try again.": (
        "Dieser Passkey gilt hier nicht, oder das Erstellen hat zu lange gedauert. Versuchen Sie es noch einmal."
    ),
    "Your passkey is ready": "Ihr Passkey ist bereit",
    "Your account is active. From now on, sign in with this passkey.": (
        "Ihr Zugang ist aktiv. Melden Sie sich ab jetzt mit diesem Passkey an."
    ),
    "Recovery codes": "Wiederherstellungscodes",
    "You see these codes only now.": "Sie sehen diese Codes nur jetzt.",
    "If you lose the passkey, request a new password where you sign in. With the password, each of these codes signs "
    "you in once. Keep them where only you find them.": (
        "Wenn Sie den Passkey verlieren, fordern Sie dort, wo Sie sich anmelden, ein neues Passwort an. Mit dem "
        "Passwort und einem dieser Codes melden Sie sich dann an. Jeder Code gilt einmal. Bewahren Sie die Codes so "
        "auf, dass nur Sie sie finden."
    ),
    "Choose a new password": "Neues Passwort wählen",
    "You are setting a new password for": "Sie legen ein neues Passwort fest für",
    "This signs you out everywhere.": "Damit werden Sie überall abgemeldet.",
    "Error:": "Fehler:",
    "There is a problem": "Bitte korrigieren",
    "New password": "Neues Passwort",
    "A few unrelated words are stronger and easier to remember than one word with digits and symbols. Don't reuse a "
    "password from another site.": (
        "Einige Wörter ohne Zusammenhang sind sicherer und leichter zu merken als ein Wort mit Ziffern und Zeichen. "
        "Verwenden Sie kein Passwort, das Sie schon anderswo benutzen."
    ),
    "Password strength": "Stärke des Passworts",
    "Very easy to guess": "Sehr leicht zu erraten",
    "Easy to guess": "Leicht zu erraten",
    "Too easy to guess": "Zu leicht zu erraten",
    "Strong": "Stark",
    "Very strong": "Sehr stark",
    "Repeat the password": "Passwort wiederholen",
    "Set password": "Passwort speichern",
    "Who signs in with this email?": "Wer meldet sich mit dieser E-Mail-Adresse an?",
    "One person": "Eine Person",
    "A group, with a shared mailbox or a distribution list": "Eine Gruppe mit gemeinsamem Postfach oder Verteiler",
    "First name": "Vorname",
    "A group can leave both names empty.": "Eine Gruppe kann beide Namen leer lassen.",
    "Last name": "Nachname",
    "Phone (optional)": "Telefon (optional)",
    "Include the country code, for example +31 20 123 4567.": "Mit Landesvorwahl, zum Beispiel +49 30 123456.",
    "Country (optional)": "Land (optional)",
    "Sign in": "Anmelden",
    "This link has expired": "Dieser Link ist abgelaufen",
    "Activation links are valid for a few days only.": "Links zum Aktivieren gelten nur einige Tage.",
    "Ask the person who manages users in your organization to send you a new one.": (
        "Bitten Sie die Person, die in Ihrer Organisation die Benutzer verwaltet, um einen neuen."
    ),
    "This link is invalid or no longer valid": "Dieser Link ist ungültig oder gilt nicht mehr",
    "It has already been used, a newer one has replaced it, or part of it is missing.": (
        "Er wurde schon verwendet oder durch einen neueren ersetzt, oder ein Teil von ihm fehlt."
    ),
    "If you have already set your password, just sign in.": (
        "Wenn Sie Ihr Passwort schon festgelegt haben, melden Sie sich einfach an."
    ),
    "Otherwise use the complete link in the newest email, or ask the person who manages users for a new one.": (
        "Verwenden Sie sonst den vollständigen Link in der neuesten E-Mail, oder bitten Sie die Person, die die "
        "Benutzer verwaltet, um einen neuen."
    ),
    "Your password is set": "Ihr Passwort ist festgelegt",
    "Your account is active. From now on, sign in with your email and this password.": (
        "Ihr Zugang ist aktiv. Melden Sie sich ab jetzt mit Ihrer E-Mail-Adresse und diesem Passwort an."
    ),
    "Reset links are valid for a short time only. Your password has not changed.": (
        "Links für ein neues Passwort gelten nur kurze Zeit. Ihr Passwort ist unverändert."
    ),
    "Request another link where you sign in.": "Fordern Sie dort, wo Sie sich anmelden, einen neuen Link an.",
    "If you have already set your new password, just sign in.": (
        "Wenn Sie Ihr neues Passwort schon festgelegt haben, melden Sie sich einfach an."
    ),
    "Otherwise use the complete link in the newest email, or request another one where you sign in.": (
        "Verwenden Sie sonst den vollständigen Link in der neuesten E-Mail, oder fordern Sie dort, wo Sie sich "
        "anmelden, einen neuen an."
    ),
    "Your new password is set": "Ihr neues Passwort ist festgelegt",
    "From now on, sign in with your email and this password. You have been signed out everywhere.": (
        "Melden Sie sich ab jetzt mit Ihrer E-Mail-Adresse und diesem Passwort an. Sie wurden überall abgemeldet."
    ),
    "The two passwords differ.": "Die beiden Passwörter sind verschieden.",
    "Use at least 10 characters.": "Verwenden Sie mindestens 10 Zeichen.",
    "Choose one of the two options.": "Wählen Sie eine der beiden Möglichkeiten.",
    "Enter a name.": "Geben Sie einen Namen an.",
    "This is not a phone number with its country code, such as +31201234567 (E.164).": (
        "Das ist keine Telefonnummer mit Landesvorwahl wie +4930123456 (E.164)."
    ),
    "This is not the code of a country, such as NL (ISO 3166-1 alpha-2).": (
        "Das ist kein Ländercode wie DE (ISO 3166-1 alpha-2)."
    ),
}

TRANSLATIONS: Final[Mapping[str, Mapping[str, str]]] = {"de": GERMAN}
"""The translations of each language, by the English text."""

LANGUAGES: Final = (FALLBACK, *TRANSLATIONS)


def translator(language: str) -> Translator:
    """Returns a function that translates a text from English. A text without a translation stays as it is."""
    texts = TRANSLATIONS.get(language, {})
    return lambda text: texts.get(text, text)


@cache
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """The countries to choose from: code and name, in the order of the names."""
    names = translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True)
    pairs = ((country.alpha_2, names.gettext(country.name)) for country in pycountry.countries)
    return tuple(sorted(pairs, key=lambda pair: pair[1]))
