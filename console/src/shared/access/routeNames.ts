/** The accounts and services through which somebody sees something: `ACME East` for `grant of ACME East`. */
export function routeNames(ways: readonly { rows: readonly string[] }[]): string[] {
  const rows = ways.flatMap((way) => way.rows);
  return [...new Set(rows.map((row) => row.replace(/^(grant of|service) /, '')))];
}
