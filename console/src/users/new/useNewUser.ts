import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { Audience } from '../../gql/graphql';
import { useViewer } from '../../session/session';
import { forgetDraft, saveDraft } from '../../shared/drafts';
import { draftKey, draftOrEmpty } from './draft';
import type { NewUser } from './newUser';

export type Step = 'personal' | 'access';

/** The form and its step. A reload keeps both: the step is in the address, the form in the tab. Leaving the page, after
 *  `LeaveDialog` has asked, forgets them. */
export function useNewUser(audience: Audience) {
  const viewer = useViewer().user?.id ?? '';
  const key = draftKey(viewer, audience);
  const [user, setUser] = useState(() => draftOrEmpty(key));
  const { step: wanted } = useSearch({ strict: false });
  const navigate = useNavigate();
  const { history } = useRouter();
  useEffect(() => () => forgetDraft(key), [key]);
  const change = (part: Partial<NewUser>) =>
    setUser((former) => {
      const changed = { ...former, ...part };
      saveDraft(key, changed);
      return changed;
    });
  // Without a first step, as after a link that somebody shared, there is no second one.
  const step: Step = wanted === 'access' && user.email !== '' ? 'access' : 'personal';
  return {
    user,
    change,
    step,
    next: () => void navigate({ to: '.', search: { step: 'access' } as never }),
    back: () => (history.canGoBack() ? history.back() : void navigate({ to: '.', search: {} as never, replace: true })),
    forget: () => forgetDraft(key),
  };
}
