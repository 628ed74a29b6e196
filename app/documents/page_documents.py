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

PAGE_DOCUMENTS: Final = {digest_of(STRENGTH_QUERY): STRENGTH_QUERY}
"""Their texts by their SHA-256."""
