import { Trans, useLingui } from '@lingui/react/macro';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Preferences } from '../frame/Preferences';
import { Wordmark } from '../frame/Wordmark';
import { Button } from '../shared/ui/Button';
import { useTitle } from '../shared/useTitle';
import styles from './SignInPage.module.css';
import { beginSingleSignOn, signInMethods } from './singleSignOn';

/** Activates a new user at the provider of their organization: the activation page leads here. */
export function ActivatePage() {
  const { t } = useLingui();
  const { token, email } = useSearch({ from: '/activate' });
  const [isMissing, setMissing] = useState(false);
  useTitle(t`Activate your account`);
  const begin = async () => {
    const methods = email ? await signInMethods(email) : null;
    if (token && methods?.url) await beginSingleSignOn(methods.url, { kind: 'activate', token });
    else setMissing(true);
  };
  return (
    <div className={styles['page']}>
      <main className={styles['card']}>
        <Wordmark />
        <h1>
          <Trans>Activate your account</Trans>
        </h1>
        <p>
          <Trans>Sign in at the identity provider of your organization. From then on, you sign in there, and need no password.</Trans>
        </p>
        {isMissing && (
          <p role="alert">
            <Trans>This link is invalid or no longer valid.</Trans>
          </p>
        )}
        <Button variant="primary" onPress={() => void begin()}>
          <Trans>Sign in with single sign-on</Trans>
        </Button>
      </main>
      <Preferences />
    </div>
  );
}
