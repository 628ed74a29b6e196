// The server that the checks speak with: whoever runs them has started it, with the example world.

/** Where the server is, without a slash at the end. */
export const SERVER = process.env.PORTICO_URL ?? '';
if (!SERVER) throw new Error('PORTICO_URL is not set: run `make test-clients`');

/** Where it answers GraphQL. */
export const GRAPHQL = `${SERVER}/graphql`;

export const PASSWORD = 'portico-demo';

const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) { token errors { code } } }`;

/** What GraphQL answers: `data`, `errors`, or both. */
export async function ask(query, variables = {}, token = '') {
  const answer = await fetch(GRAPHQL, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  return answer.json();
}

/** The token of a new session of a demo user. */
export async function signIn(email) {
  const { data } = await ask(SIGN_IN, { input: { email, password: PASSWORD } });
  if (!data.signIn.token) throw new Error(`${email} can't sign in: ${JSON.stringify(data.signIn.errors)}`);
  return data.signIn.token;
}
