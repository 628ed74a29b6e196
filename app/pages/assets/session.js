// The session of this tab: its token is in sessionStorage, and is sent in the Authorization header.

const KEY = "portico.session";

export function session() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function keep(value) {
  if (value === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, JSON.stringify(value));
}

// Sends one operation, with the session if there is one, and returns the decoded response. Throws if there is none.
export async function send(operation, headers = {}) {
  const current = session();
  const response = await fetch("graphql", {
    method: "POST",
    credentials: "omit",
    headers: {
      ...headers,
      "Content-Type": "application/json",
      Accept: "application/json",
      ...(current ? { Authorization: `Bearer ${current.token}` } : {}),
    },
    body: JSON.stringify(operation),
  });
  return response.json();
}

const SIGN_IN = `mutation SignIn($email: EmailAddress!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { token errors { message } }
}`;

// Signs in and keeps the session. Throws an Error whose message can be shown.
export async function signIn(email, password) {
  keep(null);
  const response = await send({ query: SIGN_IN, variables: { email, password } });
  const payload = response.data?.signIn;
  const problems = [...(response.errors ?? []), ...(payload?.errors ?? [])];
  if (!payload?.token) throw new Error(problems.map((problem) => problem.message).join(" ") || "Sign-in failed.");
  keep({ token: payload.token, email });
}

// Drops the session if it has ended on the server; returns whether it did.
export async function dropEnded() {
  if (session() === null) return false;
  const response = await send({ query: "{ viewer { __typename } }" });
  if (response.errors || response.data.viewer !== null) return false;
  keep(null);
  return true;
}

export async function signOut() {
  try {
    await send({ query: "mutation SignOut { signOut { errors { message } } }" });
  } finally {
    keep(null);
  }
}
