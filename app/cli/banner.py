"""What `portico serve` says when it is ready: where to look, as whom to sign in, and one line to try."""

import json

from app.pages.graphiql import demo_sign_ins
from app.settings import Settings

SIGN_IN = 'mutation {{ signIn(input: {{email: "{email}", password: "{password}"}}) {{ token }} }}'
QUERY = "{ viewer { organization { name contractAccounts { nodes { name services { nodes { code name } } } } } } }"


def welcome(settings: Settings) -> str:
    """The text; with the demo's sign-ins and a curl command where the demo is loaded."""
    lines = ["", f"Portico is at {settings.local_address()}/graphql"]
    if settings.is_enabled(settings.graphiql):
        lines.append(f"GraphiQL is at {settings.local_address()}/graphiql")
    if settings.demo:
        users = demo_sign_ins()
        lines += ["", f"Sign in as one of these, all with the password {users[0].password}"]
        lines += [f"  {user.email:<24} {user.about}" for user in users]
        lines += ["", "Or paste this:", "", curl(settings), ""]
    return "\n".join(lines)


def curl(settings: Settings) -> str:
    """One command for a shell: signs an admin in and asks for the accounts and services of the organization."""
    admin = demo_sign_ins()[1]
    sign_in = SIGN_IN.format(email=admin.email, password=admin.password)
    post = f"curl -s {settings.local_address()}/graphql -H 'content-type: application/json'"
    token = f"""$({post} -d '{_body(sign_in)}' | sed 's/.*"token": *"\\([^"]*\\)".*/\\1/')"""
    return f"""{post} \\\n  -H "authorization: Bearer {token}" \\\n  -d '{_body(QUERY)}'"""


def _body(query: str) -> str:
    return json.dumps({"query": query})
