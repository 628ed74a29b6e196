// The session of this tab: its token lives in sessionStorage and goes out in the Authorization header.

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

// Sends one operation, with the session if there is one; returns the decoded answer. Throws when there is none.
export async function send(operation, headers = {}) {
  const known = session();
  const response = await fetch("graphql", {
    method: "POST",
    credentials: "omit",
    headers: {
      ...headers,
      "Content-Type": "application/json",
      Accept: "application/json",
      ...(known ? { Authorization: `Bearer ${known.token}` } : {}),
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
  const answer = await send({ query: SIGN_IN, variables: { email, password } });
  const payload = answer.data?.signIn;
  const problems = [...(answer.errors ?? []), ...(payload?.errors ?? [])];
  if (!payload?.token) throw new Error(problems.map((problem) => problem.message).join(" ") || "Sign-in failed.");
  keep({ token: payload.token, email });
}

// Drops the session if the server no longer knows it; says whether it did.
export async function dropEnded() {
  if (session() === null) return false;
  const answer = await send({ query: "{ viewer { __typename } }" });
  if (answer.errors || answer.data.viewer !== null) return false;
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
