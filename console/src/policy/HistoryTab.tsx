import { Trans, useLingui } from '@lingui/react/macro';
import table from '../shared/ui/ListTable.module.css';
import type { InForce } from './policyQuery';
import styles from './policy.module.css';
import { causeWords } from './words';

/** The versions that came into force last, the newest first. */
export function HistoryTab({ history }: { history: InForce['history'] }) {
  const { t, i18n } = useLingui();
  if (history.length === 0) {
    return (
      <p>
        <Trans>No version is written down yet.</Trans>
      </p>
    );
  }
  return (
    <div className={table['scroll']} role="region" aria-label={t`History`} tabIndex={0}>
      <table className={`${table['table']} ${styles['columns']}`} aria-label={t`History`}>
        <thead>
          <tr>
            <th scope="col">
              <Trans>Since</Trans>
            </th>
            <th scope="col">
              <Trans>Version</Trans>
            </th>
            <th scope="col">
              <Trans>Reason</Trans>
            </th>
            <th scope="col">
              <Trans>By</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {history.map(({ version, at, by, cause }) => (
            <tr key={at}>
              <td>{i18n.date(at, { dateStyle: 'medium', timeStyle: 'medium' })}</td>
              <td>
                <code>{version}</code>
              </td>
              <td>{i18n._(causeWords[cause])}</td>
              <td className={styles['any']}>{by}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
