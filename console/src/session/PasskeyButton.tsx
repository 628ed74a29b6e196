import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { canUsePasskeys } from '../secondFactors/passkeys';
import { Button } from '../shared/ui/Button';
import { type SignInFailure, useSession } from './session';

interface PasskeyButtonProps {
  /** The ticket of a sign-in whose second factor it is; without one, the passkey signs in alone. */
  ticket?: string;
  /** Whether it is the usual way here. */
  isPrimary?: boolean;
  onSignedIn?: (() => void) | undefined;
  onFailure: (failure: SignInFailure | null) => void;
}

/** Signs in with a passkey, where the browser can. */
export function PasskeyButton({ ticket, isPrimary = false, onSignedIn, onFailure }: PasskeyButtonProps) {
  const { t } = useLingui();
  const session = useSession();
  const [isBusy, setBusy] = useState(false);
  if (!canUsePasskeys()) return null;
  const run = async () => {
    setBusy(true);
    onFailure(null);
    const result = await session.signInWithPasskey(ticket);
    setBusy(false);
    if (result === 'signed-in') onSignedIn?.();
    else if (result === 'none-given') onFailure({ errors: [{ code: 'NO_PASSKEY', message: t`No passkey was given.` }] });
    else onFailure(result);
  };
  return (
    <Button variant={isPrimary ? 'primary' : 'secondary'} isPending={isBusy} onPress={() => void run()}>
      {ticket === undefined ? <Trans>Sign in with a passkey</Trans> : <Trans>Use a passkey</Trans>}
    </Button>
  );
}
