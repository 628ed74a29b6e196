import { useEffect, useRef } from 'react';
import { canSuggestPasskeys } from '../secondFactors/passkeys';
import { type SignInFailure, useSession } from './session';

/** How long the passkeys are suggested for one challenge, which is open for five minutes, in milliseconds. */
const RENEWED = 4 * 60_000;

interface SuggestionsProps {
  /** Whether the field for the email is shown. */
  isShown: boolean;
  onSignedIn: () => void;
  onFailure: (failure: SignInFailure) => void;
}

/** Suggests the person's passkeys in the field for the email, and signs in with the one that they choose. */
export function usePasskeySuggestions({ isShown, onSignedIn, onFailure }: SuggestionsProps): void {
  const session = useSession();
  const answer = useRef({ onSignedIn, onFailure });
  useEffect(() => {
    answer.current = { onSignedIn, onFailure };
  });
  useEffect(() => {
    if (!isShown) return;
    let round = new AbortController();
    let isWanted = true;
    const suggest = async () => {
      if (!(await canSuggestPasskeys())) return;
      for (;;) {
        if ((await session.passkeyAttempt) === 'signed-in') return;
        await untilVisible();
        if (!isWanted) return;
        round = new AbortController();
        const renewal = setTimeout(() => round.abort(), RENEWED);
        const result = await session.signInWithSuggestedPasskey(round);
        clearTimeout(renewal);
        if (result === 'signed-in') {
          answer.current.onSignedIn();
          return;
        }
        if (result !== 'none-given') answer.current.onFailure(result);
        // After a dialog, or with a new challenge. If the browser refuses, or the passkey was refused, not again.
        if (!round.signal.aborted) return;
      }
    };
    void suggest();
    return () => {
      isWanted = false;
      round.abort();
    };
  }, [isShown, session]);
}

/** Resolves when somebody looks at the page: a page in the background asks for no challenges. */
async function untilVisible(): Promise<void> {
  if (document.visibilityState === 'visible') return;
  await new Promise<void>((resolve) => {
    const look = () => {
      if (document.visibilityState !== 'visible') return;
      document.removeEventListener('visibilitychange', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
  });
}
