import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useViewer } from '../session/session';
import { Badge } from '../shared/ui/Badge';
import { Button } from '../shared/ui/Button';
import styles from './ClientsPage.module.css';
import type { ListedClient, ListedSecret } from './clientsQuery';
import type { ClientsSearch } from './clientsSearch';
import { scopeWords } from './scopeWords';
import { useTimeWords } from './timeWords';

interface ClientItemProps {
  client: ListedClient;
  onOpen: (dialog: Pick<ClientsSearch, 'act' | 'client' | 'secret'>) => void;
}

/** An API client: what it may do, when its secrets were used, and what the viewer may do with it. */
export function ClientItem({ client, onOpen }: ClientItemProps) {
  const { t } = useLingui();
  const { time, lastUsed } = useTimeWords();
  const viewer = useViewer();
  const { name, scopes, owner, secrets, viewerCan, revokedAt } = client;
  const created = time(client.createdAt);
  const ended = revokedAt && time(revokedAt);
  return (
    <li className={styles['client']}>
      <div className={styles['head']}>
        <h2>{name}</h2>
        {ended && (
          <Badge tone="neutral">
            <Trans>Revoked {ended}</Trans>
          </Badge>
        )}
        <div className={styles['buttons']}>
          {!ended && viewerCan.includes('ROTATE') && secrets.length === 1 && (
            <Button aria-label={t`Rotate the secret of ${name}`} onPress={() => onOpen({ act: 'rotate', client: client.id })}>
              <Trans>Rotate secret</Trans>
            </Button>
          )}
          {!ended && viewerCan.includes('REVOKE') && (
            <Button variant="danger" aria-label={t`Revoke ${name}`} onPress={() => onOpen({ act: 'revoke', client: client.id })}>
              <Trans>Revoke</Trans>
            </Button>
          )}
        </div>
      </div>
      <p className={styles['quiet']}>
        <code>{client.clientId}</code>
      </p>
      <p>
        <code>{scopes.map((scope) => scopeWords[scope].name).join(' ')}</code>
      </p>
      <p className={styles['quiet']}>
        {owner && owner.id !== viewer.user?.id && (
          <>
            <Trans>Acts for</Trans>{' '}
            <Link to="/users/$id" params={{ id: owner.id }}>
              {owner.displayName}
            </Link>{' '}
            ·{' '}
          </>
        )}
        <Trans>Created {created}</Trans> · {lastUsed(client.lastUsedAt)}
      </p>
      {secrets.length > 0 && (
        <ul className={styles['secrets']} aria-label={t`Secrets of ${name}`}>
          {secrets.map((secret) => (
            <Secret
              key={secret.secretId}
              secret={secret}
              onRetire={!ended && viewerCan.includes('ROTATE') && secrets.length > 1 ? () => onOpen({ act: 'retire', client: client.id, secret: secret.secretId }) : undefined}
            />
          ))}
        </ul>
      )}
    </li>
  );
}

function Secret({ secret: { hint, createdAt, lastUsedAt }, onRetire }: { secret: ListedSecret; onRetire: (() => void) | undefined }) {
  const { t } = useLingui();
  const { time, lastUsed } = useTimeWords();
  const created = time(createdAt);
  return (
    <li className={styles['head']}>
      <span>
        <code>… {hint}</code> · <Trans>Created {created}</Trans> · {lastUsed(lastUsedAt)}
      </span>
      {onRetire && (
        <Button aria-label={t`Retire the secret … ${hint}`} onPress={onRetire}>
          <Trans>Retire</Trans>
        </Button>
      )}
    </li>
  );
}
