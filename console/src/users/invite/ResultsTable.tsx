import { Trans, useLingui } from '@lingui/react/macro';
import { errorTexts } from '../../shared/api/errorWords';
import { Badge } from '../../shared/ui/Badge';
import styles from './invite.module.css';
import { type LineResult, refusedFirst, stateTones, stateWords } from './results';

interface ResultsTableProps {
  label: string;
  results: readonly LineResult[];
  /** Whether the lines of the field are named: not those that have left it. */
  showsLines: boolean;
}

/** What has become of each line; the refused ones are first. */
export function ResultsTable({ label, results, showsLines }: ResultsTableProps) {
  const { i18n } = useLingui();
  return (
    <div className={styles['scroll']} tabIndex={0} role="group" aria-label={label}>
      <table aria-label={label} className={styles['table']}>
        <thead>
          <tr>
            {showsLines && (
              <th scope="col" className={styles['line']}>
                <Trans>Line</Trans>
              </th>
            )}
            <th scope="col">
              <Trans>Email address</Trans>
            </th>
            <th scope="col">
              <Trans>Result</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {refusedFirst(results).map(({ line, email, state, errors }, place) => (
            <tr key={place}>
              {showsLines && <td className={styles['line']}>{line}</td>}
              <th scope="row">{email}</th>
              <td>
                <Badge tone={stateTones[state]}>{i18n._(stateWords[state])}</Badge>
                {errorTexts(errors).map((message) => (
                  <p key={message} className={styles['reason']}>
                    {message}
                  </p>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
