import { type NodePath, type PluginObj, template, types } from '@babel/core';
import lingui from '../lingui.config';

/** What the id of a catalog begins with; the language and the module follow. */
export const CATALOG = 'messages:';

/** Lets each `import(…)` of the app bring the messages of what it loads, in the language of the page. */
export function bringMessages(): PluginObj {
  return {
    name: 'bring-messages',
    visitor: {
      CallExpression(path) {
        const [module] = path.node.arguments;
        if (!types.isImport(path.node.callee) || !types.isStringLiteral(module) || !module.value.startsWith('.')) return;
        path.replaceWith(template.expression.ast(bringing(module.value)));
        path.skip();
        const program = path.scope.getProgramParent();
        if (program.hasBinding('withMessages')) return;
        const [added] = (program.path as NodePath<types.Program>).unshiftContainer('body', withMessages());
        program.registerDeclaration(added);
      },
    },
  };
}

const withMessages = template.statement(`import { withMessages } from '/src/shared/language';`);

function bringing(module: string): string {
  const catalogs = lingui.locales.map((language) => `${language}: () => import(${JSON.stringify(`${CATALOG}${language}:${module}`)})`);
  return `withMessages(import(${JSON.stringify(module)}), { ${catalogs.join(', ')} })`;
}
