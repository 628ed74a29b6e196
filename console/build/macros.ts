import { join } from 'node:path';
import { transformAsync } from '@babel/core';
import linguiMacro from '@lingui/babel-plugin-lingui-macro';
import type { Plugin } from 'vite';
import { documents } from './documents';

const USES_MACRO = /@lingui\/(core|react)\/macro|\bgraphql\(/;

/** Expands the macros of Lingui, and replaces each `graphql(…)` by the generated document, so that no text of a document
 *  is in the app. Only sources that use one of them pass through Babel. */
export function macros(artifactDirectory: string): Plugin {
  return {
    name: 'macros',
    enforce: 'pre',
    async transform(code, id) {
      const [path = ''] = id.split('?');
      if (!/\/src\/(?!gql\/).*\.tsx?$/.test(path) || !USES_MACRO.test(code)) return null;
      const result = await transformAsync(code, {
        filename: path,
        babelrc: false,
        configFile: false,
        sourceMaps: true,
        parserOpts: { plugins: ['typescript', 'jsx'] },
        plugins: [linguiMacro, documents(join(artifactDirectory, 'graphql.ts'))],
      });
      return result?.code ? { code: result.code, map: result.map ?? null } : null;
    },
  };
}
