import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { useState } from 'react';
import { useTheme } from '../shared/theme';
import { Bar } from './Bar';
import './contrast.css';
import { newFetcher } from './fetcher';
import { firstQuery } from './firstQuery';
import styles from './GraphiQLPage.module.css';
import { useAccessibleEditors } from './useAccessibleEditors';

/** GraphiQL, below a bar that says who is signed in. `?query=` and `?variables=` fill the editor. What is typed is kept
 *  in the browser's tab only: it may hold passwords. */
export function GraphiQLPage() {
  useAccessibleEditors();
  const theme = useTheme();
  const [isSchemaHidden, setSchemaHidden] = useState(false);
  const [fetcher] = useState(() => newFetcher(() => setSchemaHidden(true)));
  const [parameters] = useState(() => new URLSearchParams(location.search));
  return (
    <div className={styles['page']}>
      <Bar />
      {isSchemaHidden && (
        <p className={styles['notice']} role="status">
          This server doesn’t show its schema (<code>PORTICO_INTROSPECTION</code>): there are no docs and no completion here, but operations
          run as ever. The schema of this version is <code>schema/schema.graphql</code> in the source code.
        </p>
      )}
      <main className={styles['main']}>
        <GraphiQL
          fetcher={fetcher}
          query={parameters.get('query') ?? undefined}
          variables={parameters.get('variables') ?? undefined}
          defaultQuery={firstQuery}
          defaultEditorToolsVisibility
          shouldPersistHeaders={false}
          showPersistHeadersSettings={false}
          storage={sessionStorage}
          forcedTheme={theme}
        />
      </main>
    </div>
  );
}
