import { useEffect, useState } from 'react';
import { useViewer } from '../../session/session';
import { forgetDraft, readDraft, saveDraft } from '../../shared/drafts';
import { type GivenAccess, nothingGiven } from '../templates/givenAccess';

interface InviteDraft {
  /** The lines, of which those that have been invited are gone. */
  text: string;
  choice: GivenAccess;
}

/** The lines and the access that all of them get. A reload keeps both in the tab as long as there are lines; leaving the
 *  page, after `LeaveDialog` has asked, forgets them. */
export function useInviteDraft() {
  const key = `portico-invite-${useViewer().user?.id ?? ''}`;
  const [draft, setDraft] = useState(() => startOf(readDraft(key)));
  useEffect(() => () => forgetDraft(key), [key]);
  useEffect(() => {
    if (draft.text) saveDraft(key, draft);
    else forgetDraft(key);
  }, [key, draft]);
  return {
    ...draft,
    setText: (text: string) => setDraft((former) => ({ ...former, text })),
    changeChoice: (part: Partial<GivenAccess>) => setDraft((former) => ({ ...former, choice: { ...former.choice, ...part } })),
  };
}

function startOf(draft: unknown): InviteDraft {
  const kept = typeof draft === 'object' ? (draft as Partial<InviteDraft> | null) : null;
  return { text: kept?.text ?? '', choice: { ...nothingGiven, ...kept?.choice } };
}
