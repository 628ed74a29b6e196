import { Trans } from '@lingui/react/macro';
import type { Permission } from '../../gql/graphql';
import styles from './NewUserPage.module.css';

interface PermissionChoicesProps {
  all: readonly { permission: Permission; name: string; opens: string }[];
  assignable: readonly Permission[];
  chosen: readonly Permission[];
  onChange: (chosen: Permission[]) => void;
}

/** What every user has. */
const ALWAYS: Permission = 'SITES_SERVICES_VIEW';

/** The permissions that this admin may give. */
export function PermissionChoices({ all, assignable, chosen, onChange }: PermissionChoicesProps) {
  const offered = all.filter(({ permission }) => permission === ALWAYS || assignable.includes(permission));
  return (
    <fieldset className={styles['group']}>
      <legend>
        <Trans>Permissions</Trans>
      </legend>
      {offered.map(({ permission, name, opens }) => (
        <div key={permission} className={styles['permission']}>
          <label className={styles['choice']}>
            <input
              type="checkbox"
              checked={permission === ALWAYS || chosen.includes(permission)}
              disabled={permission === ALWAYS}
              aria-describedby={`opens-${permission}`}
              onChange={(event) =>
                onChange(event.target.checked ? [...chosen, permission] : chosen.filter((other) => other !== permission))
              }
            />
            {name}
          </label>
          <p id={`opens-${permission}`} className={styles['status']}>
            {opens}
          </p>
        </div>
      ))}
    </fieldset>
  );
}
