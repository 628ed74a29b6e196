import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { Button } from '../ui/Button';
import { routeNames } from './routeNames';
import styles from './WhoCanDialog.module.css';
import type { Holder } from './whoCanQuery';

interface HoldersProps {
  holders: readonly Holder[];
  isReading: boolean;
  /** Asks why one of them may. */
  onAsk: (user: string) => void;
}

/** The users who may, each with the way. */
export function Holders({ holders, isReading, onAsk }: HoldersProps) {
  const { t } = useLingui();
  return (
    <ul className={styles['users']} aria-label={t`Users`} aria-busy={isReading}>
      {holders.map(
        ({ user, ways }) =>
          user && (
            <li key={user.id}>
              <div>
                <Link to="/users/$id" params={{ id: user.id }}>
                  {user.displayName}
                </Link>
                {user.displayName !== user.email && <span>{user.email}</span>}
                <Through names={routeNames(ways)} />
              </div>
              <Button variant="small" aria-label={t`Why? ${user.displayName}`} onPress={() => onAsk(user.id)}>
                <Trans>Why?</Trans>
              </Button>
            </li>
          ),
      )}
    </ul>
  );
}

/** The accounts and services through which they may; nothing for those who may with everything of their organization. */
function Through({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  const list = names.join(', ');
  return (
    <span>
      <Trans>Through {list}</Trans>
    </span>
  );
}
