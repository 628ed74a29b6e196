import { apiUrl } from '../shared/configuration';

interface Result {
  data?: unknown;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** The part of GraphiQL's own type that is used here. */
type Fetcher = (operation: object, options?: { headers?: Record<string, string> }) => Promise<Result>;

/** Sends GraphiQL's operations with the session of the browser. `onSchemaHidden` is called if the server answers no
 *  questions about its schema. */
export function newFetcher(onSchemaHidden: () => void): Fetcher {
  return async (operation, options) => {
    const response = await fetch(apiUrl, {
      method: 'POST',
      headers: { ...options?.headers, 'Content-Type': 'application/json', Accept: 'application/json', 'Portico-Session': 'cookie' },
      body: JSON.stringify(operation),
    });
    const result = (await response.json()) as Result;
    if (result.errors?.some(({ extensions }) => extensions?.code === 'INTROSPECTION_OFF')) onSchemaHidden();
    return result;
  };
}
