import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Badge } from '../shared/ui/Badge';
import table from '../shared/ui/ListTable.module.css';
import type { Live } from './policyQuery';
import styles from './policy.module.css';

/** Who gains and who loses access today: the numbers, and some of the changes. */
export function LiveReport({ live }: { live: Live }) {
  const { t, i18n } = useLingui();
  const { crossing, changes } = live;
  const [gained, lost] = [i18n.number(live.gained), i18n.number(live.lost)];
  if (live.gained + live.lost === 0) {
    return (
      <p>
        <Trans>Nobody’s access changes.</Trans>
      </p>
    );
  }
  const rest = live.gained + live.lost - changes.length;
  return (
    <>
      <p>
        <Trans>
          {gained} gained, {lost} lost.
        </Trans>
      </p>
      {crossing > 0 && (
        <p className={styles['danger']}>
          <Plural
            value={crossing}
            one="# of those gained crosses the border of an organization."
            other="# of those gained cross the border of an organization."
          />
        </p>
      )}
      <Tallies title={t`By action`} tallies={live.byAction} />
      <Tallies title={t`By rule`} tallies={live.byRule} />
      <div className={table['scroll']} role="region" aria-label={t`Changes`} tabIndex={0}>
        <table className={`${table['table']} ${styles['columns']}`} aria-label={t`Changes`}>
          <thead>
            <tr>
              {[t`Change`, t`User`, t`Action`, t`Resource`, t`Organization`].map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {changes.map((change, place) => (
              <tr key={place}>
                <td>
                  <Badge tone={change.gained ? 'good' : 'danger'}>{change.gained ? <Trans>Gained</Trans> : <Trans>Lost</Trans>}</Badge>
                </td>
                <td className={styles['any']}>
                  {change.client && `${change.client}, `}
                  {change.user}
                </td>
                <td>
                  {change.action} {change.type}
                </td>
                <td className={styles['any']}>{change.resource}</td>
                <td className={styles['any']}>{change.organization}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rest > 0 && (
        <p className={styles['quiet']}>
          <Plural value={rest} one="And # more." other="And # more." />
        </p>
      )}
    </>
  );
}

function Tallies({ title, tallies }: { title: string; tallies: Live['byAction'] }) {
  const { i18n } = useLingui();
  return (
    <div>
      <h4>{title}</h4>
      <ul className={styles['tallies']}>
        {tallies.map(({ name, gained, lost }) => (
          <li key={name}>
            <code className={styles['any']}>{name}</code> <span>+{i18n.number(gained)}</span> <span>−{i18n.number(lost)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
