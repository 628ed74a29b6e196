import type { Plugin } from 'vite';

const OTHER = /\/react-aria[\w-]*\/dist\/.*\/intl\/[\w-]+\/(?!en-US|de-DE)[a-z]{2}-[A-Z]{2}\.m?js$/;

/** Leaves out the texts that React Aria has in languages that the console hasn't. */
export function languages(): Plugin {
  return {
    name: 'languages',
    enforce: 'pre',
    load: (id) => (OTHER.test(id.split('?')[0] ?? '') ? 'export default {};' : null),
  };
}
