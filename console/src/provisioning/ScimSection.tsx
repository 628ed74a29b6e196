import { Trans, useLingui } from '@lingui/react/macro';
import { useId, useState } from 'react';
import { baseUrl } from '../shared/configuration';
import { Badge } from '../shared/ui/Badge';
import { Button } from '../shared/ui/Button';
import { CopyField } from '../shared/ui/CopyField';
import { Icon } from '../shared/ui/Icon';
import { NewScimTokenDialog, RevokeScimTokenDialog } from './ScimTokenDialogs';
import styles from './ProvisioningPage.module.css';
import type { ListedToken, ScimOfOrganization } from './scimQuery';

/** The address and the tokens with which an identity provider manages the users. */
export function ScimSection({ organization }: { organization: ScimOfOrganization }) {
  const { t } = useLingui();
  const id = useId();
  const [opened, setOpened] = useState<ListedToken | 'new' | null>(null);
  const close = () => setOpened(null);
  const tokens = organization.provisioning?.scimTokens ?? [];
  return (
    <section className={styles['section']} aria-labelledby={id}>
      <div className={styles['head']}>
        <h2 id={id}>
          <Trans>SCIM provisioning</Trans>
        </h2>
        <Button variant="primary" onPress={() => setOpened('new')}>
          <Icon name="plus" />
          <Trans>Create token</Trans>
        </Button>
      </div>
      <p className={styles['quiet']}>
        <Trans>
          Your identity provider, such as Okta or Microsoft Entra ID, creates and removes users with a token of yours. It may do no more than you. Its groups are
          your templates.
        </Trans>
      </p>
      <CopyField label={t`SCIM base URL`} value={`${baseUrl}/scim/v2`} />
      {tokens.length === 0 ? (
        <p>
          <Trans>There are no tokens yet.</Trans>
        </p>
      ) : (
        <ul className={styles['list']} aria-label={t`SCIM tokens`}>
          {tokens.map((token) => (
            <Item key={token.tokenId} token={token} onRevoke={() => setOpened(token)} />
          ))}
        </ul>
      )}
      {opened === 'new' && <NewScimTokenDialog onClose={close} />}
      {opened !== null && opened !== 'new' && <RevokeScimTokenDialog token={opened} onClose={close} />}
    </section>
  );
}

function Item({ token, onRevoke }: { token: ListedToken; onRevoke: () => void }) {
  const { t, i18n } = useLingui();
  const { name, hint, makerName, valid } = token;
  const time = (value: string) => i18n.date(value, { dateStyle: 'medium', timeStyle: 'short' });
  const used = token.lastUsedAt && time(token.lastUsedAt);
  const ends = time(token.expiresAt);
  const created = time(token.createdAt);
  const revoked = token.revokedAt && time(token.revokedAt);
  return (
    <li className={styles['card']}>
      <div className={styles['head']}>
        <h3>{name}</h3>
        {revoked && (
          <Badge tone="neutral">
            <Trans>Revoked {revoked}</Trans>
          </Badge>
        )}
        {!revoked && !valid && (
          <Badge tone="neutral">
            <Trans>Expired</Trans>
          </Badge>
        )}
        {valid && (
          <Button variant="danger" aria-label={t`Revoke ${name}`} onPress={onRevoke}>
            <Trans>Revoke</Trans>
          </Button>
        )}
      </div>
      <p className={styles['quiet']}>
        <code>… {hint}</code> · {used ? <Trans>Last used {used}</Trans> : <Trans>Never used</Trans>}
      </p>
      <p className={styles['quiet']}>
        {makerName && (
          <>
            <Trans>Acts for {makerName}</Trans> ·{' '}
          </>
        )}
        <Trans>Created {created}</Trans> · {valid ? <Trans>Ends {ends}</Trans> : <Trans>Ended {ends}</Trans>}
      </p>
    </li>
  );
}
