import type { GraphiQLProps } from 'graphiql';
import { apiUrl } from '../shared/configuration';

type Fetcher = GraphiQLProps['fetcher'];

/** Sends GraphiQL's operations with the session of the browser. `onSchemaHidden` is called if the server answers no
 *  questions about its schema. */
export function newFetcher(onSchemaHidden: () => void): Fetcher {
  return async (operation, options) => {
    const response = await fetch(apiUrl, {
      method: 'POST',
      headers: { ...options?.headers, 'Content-Type': 'application/json', Accept: 'application/json', 'Portico-Session': 'cookie' },
      body: JSON.stringify(operation),
    });
    const result = (await response.json()) as { errors?: { extensions?: { code?: string } }[] };
    if (result.errors?.some(({ extensions }) => extensions?.code === 'INTROSPECTION_OFF')) onSchemaHidden();
    return result as Awaited<ReturnType<Fetcher>>;
  };
}
