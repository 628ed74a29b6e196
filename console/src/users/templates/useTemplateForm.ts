import { useEffect, useState } from 'react';
import { useViewer } from '../../session/session';
import { forgetDraft, readDraft, saveDraft } from '../../shared/drafts';
import { differ, type TemplateForm } from './templateForm';

interface Draft {
  version: number;
  form: TemplateForm;
}

/** A form of a template and the version that it began with. A reload keeps both in the tab; leaving the page, after
 *  `LeaveDialog` has asked, forgets them. */
export function useTemplateForm(id: string, stored: Draft) {
  const key = `portico-template-${useViewer().user?.id ?? ''}-${id}`;
  const [{ version, form }, setDraft] = useState<Draft>(() => startOf(readDraft(key), stored));
  const isChanged = differ(stored.form, form);
  useEffect(() => () => forgetDraft(key), [key]);
  useEffect(() => {
    if (isChanged) saveDraft(key, { version, form } satisfies Draft);
    else forgetDraft(key);
  }, [key, isChanged, version, form]);
  return {
    form,
    version,
    isChanged,
    forget: () => forgetDraft(key),
    change: (part: Partial<TemplateForm>) => setDraft((former) => ({ ...former, form: { ...former.form, ...part } })),
  };
}

function startOf(draft: unknown, { version, form }: Draft): Draft {
  const kept = typeof draft === 'object' ? (draft as Partial<Draft> | null) : null;
  return { version: kept?.version ?? version, form: { ...form, ...kept?.form } };
}
