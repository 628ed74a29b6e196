import { Trans } from '@lingui/react/macro';
import { useId, useState } from 'react';
import type { AccountIdentityFragment } from '../gql/graphql';
import { beginSingleSignOn, signInMethods } from '../session/singleSignOn';
import { Button } from '../shared/ui/Button';
import styles from './AccountPage.module.css';

interface IdentitySectionProps {
  email: string;
  identity: AccountIdentityFragment['identity'];
}

/** Who the person is at the identity provider of their organization. Linking leads there and back. */
export function IdentitySection({ email, identity }: IdentitySectionProps) {
  const id = useId();
  const [isBusy, setBusy] = useState(false);
  const [isMissing, setMissing] = useState(false);
  const link = async () => {
    setBusy(true);
    setMissing(false);
    const methods = await signInMethods(email);
    if (methods?.url) await beginSingleSignOn(methods.url, { kind: 'link' });
    else setMissing(true);
    setBusy(false);
  };
  const issuer = identity?.issuer;
  return (
    <section className={styles['section']} aria-labelledby={id}>
      <h2 id={id}>
        <Trans>Single sign-on</Trans>
      </h2>
      <p className={styles['quiet']}>
        {issuer ? (
          <Trans>You can sign in at {issuer}.</Trans>
        ) : (
          <Trans>If your organization has an identity provider, link your identity there with your access: then you sign in without a password.</Trans>
        )}
      </p>
      {isMissing && (
        <p role="alert">
          <Trans>The domain of your email address has no provider.</Trans>
        </p>
      )}
      <Button isPending={isBusy} onPress={() => void link()}>
        {issuer ? <Trans>Link another identity</Trans> : <Trans>Link my identity</Trans>}
      </Button>
    </section>
  );
}
