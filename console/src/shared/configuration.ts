/** What the server tells the page beside its files. */
export interface Configuration {
  /** The users of the example data, who are offered for signing in; empty unless the server is a demo. */
  demoUsers: readonly DemoUser[];
}

export interface DemoUser {
  email: string;
  password: string;
  about: string;
}

/** Reads the configuration, which is in the head of the page. */
export function readConfiguration(): Configuration {
  const content = document.querySelector('meta[name="portico"]')?.getAttribute('content') ?? '{}';
  const { demoUsers = [] } = JSON.parse(content) as Partial<Configuration>;
  return { demoUsers };
}

/** The path below which the console is served, without its last slash: `/console`. */
export const basePath = new URL(document.baseURI).pathname.replace(/\/$/, '');

/** The address of the API. */
export const apiUrl = new URL('../graphql', document.baseURI).href;

/** The address of the server, as programs use it, without its last slash. */
export const baseUrl = new URL('..', document.baseURI).href.replace(/\/$/, '');
