import { useEffect, useMemo, useState } from 'react';
import { useClient } from 'urql';
import type { ErrorCode } from '../../gql/graphql';
import { useViewer } from '../../session/session';
import { messagesByField } from '../../shared/api/fieldErrors';
import { useWrite } from '../../shared/api/operations';
import type { Problem } from '../../shared/api/problem';
import { forgetDraft, saveDraft } from '../../shared/drafts';
import { useSaid } from '../../shared/useSaid';
import { accessErrors, accessInput } from '../access/accessChoice';
import { type EditDraft, editDraftKey, startOf } from './editDraft';
import { UpdateUser } from './editQueries';
import { readUser, type StoredUser } from './readUser';
import { differences, keepMine, updateInput, type UserForm } from './userForm';

interface Messages {
  codes: readonly ErrorCode[];
  personal: Record<string, string[]>;
  access: Record<string, string[]>;
}

const NONE: Messages = { codes: [], personal: {}, access: {} };

/** The form of a user who is edited, and what becomes of it: saved, refused, or changed by somebody else meanwhile. A
 *  reload keeps it in the tab; leaving the page, after `LeaveDialog` has asked, forgets it. */
export function useUserEdit(stored: StoredUser, onSaved: () => void) {
  const client = useClient();
  const key = editDraftKey(useViewer().user?.id ?? '', stored.id);
  const [start] = useState(() => startOf(key, stored));
  const [base, setBase] = useState(start.base);
  const [form, setForm] = useState(start.form);
  const [theirs, setTheirs] = useState(start.theirs);
  const [messages, setMessages] = useSaid(NONE);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { send, isSending } = useWrite(UpdateUser);

  const isChanged = useMemo(() => differences(base.form, form).length > 0, [base, form]);
  useEffect(() => () => forgetDraft(key), [key]);
  useEffect(() => {
    if (isChanged) saveDraft(key, { version: base.version, base: base.form, form } satisfies EditDraft);
    else forgetDraft(key);
  }, [key, isChanged, base, form]);

  const readTheirs = async () => {
    const read = await readUser(client, base.id);
    setProblem(read.problem);
    if (!read.user) return null;
    // Somebody else may have done something that isn't in this form, such as sending a new activation email.
    if (differences(base.form, read.user.form).length > 0) setTheirs(read.user);
    else return read.user;
    return null;
  };
  const save = async (from: StoredUser = base, attempts = 2): Promise<void> => {
    setMessages(() => NONE);
    setProblem(null);
    const written = await send({ input: updateInput(from.id, from.version, from.form, form) });
    if (written.problem) {
      setProblem(written.problem);
      return;
    }
    const { errors } = written.data.updateUser;
    if (errors.length === 0) onSaved();
    else if (errors.some(({ code }) => code === 'STALE') && attempts > 0) {
      const newer = await readTheirs();
      if (!newer) return;
      setBase(newer);
      await save(newer, attempts - 1);
    } else {
      setMessages(() => ({ codes: errors.map(({ code }) => code), personal: messagesByField(errors), access: accessErrors(errors, accessInput(form.audience, form)) }));
    }
  };
  const goOn = (wanted: UserForm) => {
    if (!theirs) return;
    setBase(theirs);
    setForm(wanted);
    setTheirs(null);
  };
  return {
    base,
    form,
    isChanged,
    change: (part: Partial<UserForm>) => setForm((former) => ({ ...former, ...part })),
    theirs,
    takeOverTheirs: () => theirs && goOn(theirs.form),
    keepMine: () => theirs && goOn(keepMine(base.form, form, theirs.form)),
    messages,
    problem,
    save: () => void save(),
    isSaving: isSending,
  };
}
