import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { graphql } from '../gql';
import { CodeField } from '../secondFactors/CodeField';
import { canUsePasskeys } from '../secondFactors/passkeys';
import { sendable } from '../shared/api/document';
import { problemOf } from '../shared/api/problem';
import { Button } from '../shared/ui/Button';
import { Actions, Dialog } from '../shared/ui/Dialog';
import { Form } from '../shared/ui/Form';
import { TextField } from '../shared/ui/TextField';
import { FailureNotice } from './FailureNotice';
import { type SignInFailure, useSession } from './session';
import styles from './SignInForm.module.css';
import { beginSingleSignOn, signInMethods } from './singleSignOn';

const WhatProves = graphql(`
  query WhatProves {
    viewer {
      user {
        id
        email
        hasSecondFactor
        identity {
          issuer
        }
      }
    }
  }
`);

const Reauthenticate = graphql(`
  mutation Reauthenticate($password: String, $code: String, $passkey: String) {
    reauthenticate(input: { password: $password, code: $code, passkey: $passkey }) {
      expiresAt
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Asks again who the person is, and then lets the change that asked for it go on. */
export function ReauthenticationDialog() {
  const { t } = useLingui();
  const session = useSession();
  const [byCode, setByCode] = useState<boolean | null>(null);
  /** The email of somebody who may sign in at a provider, and have no password. */
  const [atProvider, setAtProvider] = useState<string | null>(null);
  const [given, setGiven] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<SignInFailure | null>(null);
  useEffect(() => {
    const read = session.plainClient.query(sendable(WhatProves), {}).toPromise();
    void read.then(({ data, error }) => {
      if (error) setFailure({ problem: problemOf(error) });
      setByCode(data?.viewer?.user?.hasSecondFactor ?? false);
      setAtProvider(data?.viewer?.user?.identity ? data.viewer.user.email : null);
    });
  }, [session]);
  const present = async () => {
    setFailure(null);
    const passkey = await session.presentPasskey('PROVE');
    if (typeof passkey === 'string') await prove({ passkey });
    else setFailure(passkey);
  };
  const prove = async (proof: { passkey: string } | { code: string } | { password: string }) => {
    setBusy(true);
    setFailure(null);
    const { data, error } = await session.plainClient.mutation(sendable(Reauthenticate), proof).toPromise();
    setBusy(false);
    const errors = data?.reauthenticate.errors ?? [];
    if (error) setFailure({ problem: problemOf(error) });
    else if (errors.length > 0) setFailure({ errors });
    else session.answerProof();
  };
  const leave = async (email: string) => {
    const methods = await signInMethods(email);
    if (methods?.url) await beginSingleSignOn(methods.url, { kind: 'sign-in', next: location.pathname + location.search });
  };
  return (
    <Dialog title={t`Confirm that it is you`}>
      <Form className={styles['form']} onSubmit={() => void (isBusy || prove(byCode ? { code: given } : { password: given }))}>
        <p>
          <Trans>You signed in some time ago. Before this change, confirm that it is you.</Trans>
        </p>
        {byCode === true && <CodeField label={t`Code of your app, or a recovery code`} value={given} onChange={setGiven} />}
        {byCode === false && (
          <TextField
            label={t`Password`}
            type="password"
            autoComplete="current-password"
            value={given}
            onChange={setGiven}
            isRequired
            autoFocus
          />
        )}
        {atProvider !== null && (
          <>
            <p>
              <Trans>Or sign in again with single sign-on. This leaves the page: what is typed here is lost.</Trans>
            </p>
            <Button onPress={() => void leave(atProvider)}>
              <Trans>Sign in with single sign-on</Trans>
            </Button>
          </>
        )}
        <FailureNotice failure={failure} />
        <Actions>
          {byCode === true && canUsePasskeys() && (
            <Button onPress={() => void present()}>
              <Trans>Use a passkey</Trans>
            </Button>
          )}
          <Button onPress={() => session.answerProof()}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="primary" isPending={isBusy || byCode === null}>
            <Trans>Confirm</Trans>
          </Button>
        </Actions>
      </Form>
    </Dialog>
  );
}
