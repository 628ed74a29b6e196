import { Trans, useLingui } from '@lingui/react/macro';
import type { Permission } from '../../gql/graphql';
import { permissionWords } from '../permissionWords';
import styles from './access.module.css';
import { type AccessChoice, ALWAYS } from './accessChoice';
import { EndField } from './EndField';
import { Messages } from './Messages';

interface PermissionChoicesProps {
  all: readonly { permission: Permission }[];
  /** What may be given, and what the user has. */
  offered: readonly Permission[];
  choice: AccessChoice;
  onChange: (change: Partial<AccessChoice>) => void;
  /** Without it, permissions have no ends. */
  onEnd: ((permission: Permission, end: string | undefined) => void) | undefined;
  errors: Record<string, string[]>;
}

/** The permissions that this admin may give. */
export function PermissionChoices({ all, offered, choice: { permissions, ends }, onChange, onEnd, errors }: PermissionChoicesProps) {
  const { i18n } = useLingui();
  const choose = (permission: Permission, isChosen: boolean) =>
    onChange({ permissions: isChosen ? [...permissions, permission] : permissions.filter((other) => other !== permission) });
  return (
    <fieldset className={styles['group']}>
      <legend>
        <Trans>Permissions</Trans>
      </legend>
      {all
        .filter(({ permission }) => permission === ALWAYS || offered.includes(permission))
        .map(({ permission }) => (
          <div key={permission} className={styles['permission']}>
            <div className={styles['row']}>
              <label className={styles['choice']}>
                <input
                  type="checkbox"
                  checked={permission === ALWAYS || permissions.includes(permission)}
                  disabled={permission === ALWAYS}
                  aria-describedby={`opens-${permission}`}
                  onChange={(event) => choose(permission, event.target.checked)}
                />
                <span id={`name-${permission}`}>{i18n._(permissionWords[permission].name)}</span>
              </label>
              {onEnd && permission !== ALWAYS && permissions.includes(permission) && (
                <EndField of={`name-${permission}`} value={ends[permission]} onChange={(end) => onEnd(permission, end)} errors={errors[permission]} />
              )}
            </div>
            {!onEnd && <Messages messages={errors[permission]} />}
            <p id={`opens-${permission}`} className={styles['status']}>
              {i18n._(permissionWords[permission].opens)}
            </p>
          </div>
        ))}
      <Messages messages={errors['permissions']} />
    </fieldset>
  );
}
