import { errorTexts } from '../shared/api/errorWords';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import type { SignInFailure } from './session';
import styles from './SignInForm.module.css';

/** Why a step of a sign-in failed. */
export function FailureNotice({ failure }: { failure: SignInFailure | null }) {
  if (!failure) return null;
  if ('problem' in failure) return <ProblemNotice problem={failure.problem} />;
  return (
    <p className={styles['failure']} role="alert">
      {errorTexts(failure.errors).join(' ')}
    </p>
  );
}
