import type { Plugin } from 'vite';
import { readSource } from './sources';

const IS_EXPANDED = /@lingui\/(core|react)\/macro|\bgraphql\(|\bimport\(/;

/** Expands what the sources leave to the build. Only those that leave something to it are changed. */
export function macros(artifacts: string): Plugin {
  return {
    name: 'macros',
    enforce: 'pre',
    async transform(text, id) {
      const [path = ''] = id.split('?');
      if (!/\/src\/(?!gql\/).*\.tsx?$/.test(path) || !IS_EXPANDED.test(text)) return null;
      const { code, map } = await readSource(path, text, artifacts);
      return { code, map };
    },
  };
}
