// The server that the checks speak with: whoever runs them has started it.

/** Where the server is, without a slash at the end. */
export const SERVER = process.env.PORTICO_URL ?? '';
if (!SERVER) throw new Error('PORTICO_URL is not set: run `make test-clients`');

/** Where it answers GraphQL. */
export const GRAPHQL = `${SERVER}/graphql`;
