const QUERY = '{ viewer { organization { name } scopes } }';

/** What one types to try an API client: a token is requested, and a first query is sent with it. */
export function testCommand(baseUrl: string, clientId: string, secret: string): string {
  return [
    `TOKEN=$(curl -s ${baseUrl}/oauth2/token -u '${clientId}:${secret}' -d grant_type=client_credentials |`,
    `  sed -n 's/.*"access_token": *"\\([^"]*\\)".*/\\1/p')`,
    `curl -s ${baseUrl}/graphql -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify({ query: QUERY })}'`,
  ].join('\n');
}
