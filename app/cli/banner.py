"""The text that `portico serve` prints when it is ready: addresses, demo sign-ins, and a command to try."""

import json

from app.console.built_files import read_build
from app.pages.demo_sign_in import demo_sign_ins
from app.settings import Settings

SIGN_IN = 'mutation {{ signIn(input: {{email: "{email}", password: "{password}"}}) {{ token }} }}'
QUERY = "{ viewer { organization { name contractAccounts { nodes { name services { nodes { code name } } } } } } }"


def banner_text(settings: Settings) -> str:
    """The text, with the sign-ins and a curl command if the example data is loaded."""
    failure = read_build().failure
    lines = ["", f"Portico is at {settings.local_address()}/graphql"]
    if failure is None:
        lines.append(f"The console is at {settings.local_address()}/console/")
    else:
        lines.append(f"The console is unavailable. {failure}")
    if settings.is_enabled(settings.graphiql):
        lines.append(f"GraphiQL is at {settings.local_address()}/graphiql")
    if settings.demo:
        users = demo_sign_ins()
        lines += ["", f"Sign in as one of these users, all with the password {users[0].password}:"]
        lines += [f"  {user.email:<24} {user.about}" for user in users]
        lines += ["", "Or paste this command:", "", curl(settings), ""]
    return "\n".join(lines)


def curl(settings: Settings) -> str:
    """A shell command that signs in as an admin and queries the accounts and services of the organization."""
    admin = demo_sign_ins()[1]
    sign_in = SIGN_IN.format(email=admin.email, password=admin.password)
    post = f"curl -s {settings.local_address()}/graphql -H 'content-type: application/json'"
    token = f"""$({post} -d '{_body(sign_in)}' | sed 's/.*"token": *"\\([^"]*\\)".*/\\1/')"""
    return f"""{post} \\\n  -H "authorization: Bearer {token}" \\\n  -d '{_body(QUERY)}'"""


def _body(query: str) -> str:
    return json.dumps({"query": query})
