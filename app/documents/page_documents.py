"""The GraphQL documents of the pages behind mailed links. They are trusted documents of every server."""

from typing import Final

from resolvers.trusted_documents import digest_of

STRENGTH_QUERY: Final = """\
query PasswordStrength($password: String!, $token: String, $firstName: String, $lastName: String) {
  passwordStrength(password: $password, token: $token, firstName: $firstName, lastName: $lastName) {
    score
    accepted
    feedback
  }
}"""
"""Rates the password that is typed on a page (`app/pages/assets/password-strength.js`)."""

START_PASSKEY_MUTATION: Final = """\
mutation StartActivationPasskey($token: String!) {
  startPasskeyRegistration(input: {activationToken: $token}) {
    options
  }
}"""
"""Lets a new user make a passkey on a page (`app/pages/assets/activation-passkey.js`)."""

PAGE_DOCUMENTS: Final = {digest_of(text): text for text in (STRENGTH_QUERY, START_PASSKEY_MUTATION)}
"""Their texts by their SHA-256."""
