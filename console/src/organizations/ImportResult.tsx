import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useRef } from 'react';
import { errorText, errorTexts } from '../shared/api/errorWords';
import table from '../shared/ui/ListTable.module.css';
import styles from './organizations.module.css';
import { refusalWords } from './refusalWords';
import type { Outcome, RefusedLine } from './useImport';

/** What a check or an import found: the numbers, and the refused lines with their reasons. */
export function ImportResult({ outcome }: { outcome: Outcome }) {
  const { t } = useLingui();
  const { isDryRun, services, refused, errors } = outcome;
  const accounts = outcome.contractAccounts + outcome.deliveryAccounts;
  const heading = useRef<HTMLHeadingElement>(null);
  // A screen reader goes on here.
  useEffect(() => heading.current?.focus(), [outcome]);
  return (
    <section className={styles['import']} aria-label={t`Result`}>
      <h2 ref={heading} tabIndex={-1}>
        {isDryRun ? <Trans>Result of the check</Trans> : <Trans>Result of the import</Trans>}
      </h2>
      <p>
        {isDryRun ? (
          <Plural value={services} one="# service can be imported." other="# services can be imported." />
        ) : (
          <Plural value={services} one="# service was imported." other="# services were imported." />
        )}{' '}
        {accounts > 0 &&
          (isDryRun ? (
            <Plural value={accounts} one="Up to # account would be created." other="Up to # accounts would be created." />
          ) : (
            <Plural value={accounts} one="# account was created." other="# accounts were created." />
          ))}
      </p>
      {errorTexts(errors).map((message) => (
        <p key={message} className={styles['error']}>
          {message}
        </p>
      ))}
      {refused.length > 0 && (
        <>
          <p>
            <Trans>Correct these lines in the file, and choose it again. Parts of the file with such lines are not imported.</Trans>
          </p>
          <div className={styles['refused']} role="region" aria-label={t`Refused lines`} tabIndex={0}>
            <table className={table['table']} aria-label={t`Refused lines`}>
              <thead>
                <tr>
                  {[t`Line`, t`Column`, t`Value`, t`Reason`].map((title) => (
                    <th key={title} scope="col">
                      {title}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {refused.map((each, place) => (
                  <tr key={place}>
                    <th scope="row">{each.line}</th>
                    <td>{each.column}</td>
                    <td>{each.value}</td>
                    <td>{reasonText(each)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
}

/** Why a line is refused. Its errors are by column, not by the field of an input. */
function reasonText({ code, message, column }: RefusedLine): string {
  return errorText({ code, message, path: ['lines', column] }, refusalWords);
}
