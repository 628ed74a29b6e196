import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { graphql } from '../gql';
import type { PasswordStrengthQuery } from '../gql/graphql';
import { createPlainClient } from '../shared/api/client';
import { sendable } from '../shared/api/document';
import { useSettled } from '../shared/useSettled';
import styles from './AccountPage.module.css';
import { adviceText } from './adviceWords';

const Strength = graphql(`
  query PasswordStrength($password: String!) {
    passwordStrength(password: $password) {
      score
      accepted
      feedback
    }
  }
`);

type Rated = PasswordStrengthQuery['passwordStrength'];

const scoreWords: MessageDescriptor[] = [
  msg`Very easy to guess`,
  msg`Easy to guess`,
  msg`Too easy to guess`,
  msg`Strong`,
  msg`Very strong`,
];

/** Says while a password is typed how hard it is to guess. Without an answer of the API it says nothing. */
export function PasswordStrength({ password }: { password: string }) {
  const { t, i18n } = useLingui();
  const rated = useStrength(password);
  const word = rated && scoreWords[rated.score];
  const advice = (rated?.feedback ?? []).map(adviceText);
  return (
    <div className={styles['strength']}>
      {rated && <meter min={0} max={4} low={2} high={3} optimum={4} value={rated.score} aria-label={t`Password strength`} />}
      <p role="status">{rated && word && [`${i18n._(word)}.`, ...advice].join(' ')}</p>
    </div>
  );
}

/** The strength of a password that has not been typed in for a moment. The password is kept in no cache. */
function useStrength(password: string): Rated | null {
  const settled = useSettled(password);
  const [rated, setRated] = useState<Rated | null>(null);
  useEffect(() => {
    if (!settled) return;
    let isLatest = true;
    const rate = async () => {
      const { data } = await createPlainClient().query(sendable(Strength), { password: settled }).toPromise();
      if (isLatest && data) setRated(data.passwordStrength);
    };
    void rate();
    return () => {
      isLatest = false;
    };
  }, [settled]);
  return password ? rated : null;
}
