import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorTexts } from '../shared/api/errorWords';
import { useWrite } from '../shared/api/operations';
import { useSaid } from '../shared/useSaid';
import type { Problem } from '../shared/api/problem';
import { useAction } from '../shared/api/useAction';
import { ActionDialog } from '../shared/ui/ActionDialog';
import { type ListedClient, RetireSecret, RevokeApiClient, RotateSecret } from './clientsQuery';
import { scopeWords } from './scopeWords';
import { SecretShown } from './SecretShown';
import { useTimeWords } from './timeWords';

interface ClientDialogProps {
  client: ListedClient;
  onClose: () => void;
}

/** Adds a second secret, and shows it. */
export function RotateDialog({ client, onClose }: ClientDialogProps) {
  const { t } = useLingui();
  const { send, isSending } = useWrite(RotateSecret);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [errors, setErrors] = useSaid<string[]>([]);
  const [secret, setSecret] = useState<string | null>(null);
  const { name, clientId } = client;
  const run = async () => {
    const written = await send({ id: client.id });
    setProblem(written.problem);
    if (!written.data) return;
    const rotated = written.data.rotateApiClientSecret;
    setErrors(() => errorTexts(rotated.errors));
    if (rotated.clientSecret) setSecret(rotated.clientSecret);
  };
  if (secret) return <SecretShown name={name} clientId={clientId} secret={secret} onClose={onClose} />;
  const action = { run: () => void run(), isSending, problem, errors };
  return (
    <ActionDialog title={t`Add a new secret to ${name}?`} confirm={t`Add secret`} action={action} onClose={onClose}>
      <p>
        <Trans>Both secrets work until you retire the old one. Give the program the new one, then retire the one that is no longer used.</Trans>
      </p>
    </ActionDialog>
  );
}

/** Ends one of two secrets, and says whether something uses it still. */
export function RetireDialog({ client, secret: id, onClose }: ClientDialogProps & { secret: string }) {
  const { t } = useLingui();
  const { lastUsed } = useTimeWords();
  const action = useAction(RetireSecret, { id: client.id, secret: id }, (data) => data.retireApiClientSecret, onClose);
  const retired = client.secrets.find(({ secretId }) => secretId === id);
  const kept = client.secrets.find(({ secretId }) => secretId !== id);
  if (!retired || !kept) return null;
  const { hint } = retired;
  return (
    <ActionDialog title={t`Retire the secret … ${hint}?`} confirm={t`Retire`} action={action} isDangerous onClose={onClose}>
      <p>
        <Trans>Programs that use it get no access tokens any more. Tokens that they have stay good for a few minutes.</Trans>
      </p>
      <p>
        <Trans>This secret:</Trans> {lastUsed(retired.lastUsedAt)}
      </p>
      <p>
        <Trans>The other one, which stays:</Trans> {lastUsed(kept.lastUsedAt)}
      </p>
      {isNewer(retired.lastUsedAt, kept.lastUsedAt) && (
        <p role="alert">
          <Trans>The secret that you retire was used after the other one: a program seems to use it still.</Trans>
        </p>
      )}
    </ActionDialog>
  );
}

function isNewer(one: string | null | undefined, other: string | null | undefined): boolean {
  return Boolean(one && (!other || Date.parse(one) > Date.parse(other)));
}

/** Ends an API client for good. */
export function RevokeDialog({ client, onClose }: ClientDialogProps) {
  const { t } = useLingui();
  const { lastUsed } = useTimeWords();
  const action = useAction(RevokeApiClient, { id: client.id }, (data) => data.revokeApiClient, onClose);
  const { name, scopes } = client;
  const list = scopes.map((scope) => scopeWords[scope].name).join(', ');
  return (
    <ActionDialog title={t`Revoke ${name}?`} confirm={t`Revoke`} action={action} isDangerous onClose={onClose}>
      <p>
        <Trans>Whatever uses it stops at once: its secrets and all of its access tokens become invalid. This can’t be undone.</Trans>
      </p>
      <p>
        <Trans>It may do this until then: {list}</Trans>
      </p>
      <p>{lastUsed(client.lastUsedAt)}</p>
    </ActionDialog>
  );
}
