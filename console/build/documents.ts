import { readFileSync } from 'node:fs';
import { type NodePath, type PluginObj, template, types } from '@babel/core';

const DEFINITION = /^\s*(?:query|mutation|subscription)\s+(\w+)/;
const GENERATED = /^export const (\w+)Document = (\{.*\}) as unknown as /gm;

/** Replaces each `graphql(…)` by what codegen made of it, so that each page brings its own documents and no other's.
 *  A fragment is part of the documents that use it, and nothing by itself. `generated` is the file that codegen writes. */
export function documents(generated: string): PluginObj {
  const known = new Map([...readFileSync(generated, 'utf8').matchAll(GENERATED)].map(([, name, value]) => [name, value]));
  return {
    name: 'documents',
    visitor: {
      CallExpression(path) {
        const [text] = path.get('arguments');
        if (!types.isIdentifier(path.node.callee, { name: 'graphql' }) || !text?.isTemplateLiteral()) return;
        path.replaceWith(template.expression.ast(`(${documentOf(text, known)})`));
      },
      // Types and documents of all pages are behind it.
      ImportDeclaration(path) {
        if (/\/gql$/.test(path.node.source.value)) path.remove();
      },
    },
  };
}

function documentOf(text: NodePath<types.TemplateLiteral>, known: Map<string | undefined, string | undefined>): string {
  const name = DEFINITION.exec(text.node.quasis[0]?.value.raw ?? '')?.[1];
  if (!name) return '{}';
  const document = known.get(name);
  if (!document) throw text.buildCodeFrameError(`Codegen has made nothing of ${name}`);
  return document;
}
