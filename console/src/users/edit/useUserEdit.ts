import { useState } from 'react';
import { useClient } from 'urql';
import { messagesByField } from '../../shared/api/fieldErrors';
import { useWrite } from '../../shared/api/operations';
import type { Problem } from '../../shared/api/problem';
import { accessErrors, accessInput } from '../access/accessChoice';
import { UpdateUser } from './editQueries';
import { readUser, type StoredUser } from './readUser';
import { differences, keepMine, updateInput, type UserForm } from './userForm';

interface Messages {
  personal: Record<string, string[]>;
  access: Record<string, string[]>;
}

const NONE: Messages = { personal: {}, access: {} };

/** The form of a user who is edited, and what becomes of it: saved, refused, or changed by somebody else meanwhile. */
export function useUserEdit(stored: StoredUser, onSaved: () => void) {
  const client = useClient();
  const [base, setBase] = useState(stored);
  const [form, setForm] = useState(stored.form);
  const [theirs, setTheirs] = useState<StoredUser | null>(null);
  const [messages, setMessages] = useState(NONE);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { send, isSending } = useWrite(UpdateUser);

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
    setMessages(NONE);
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
      setMessages({ personal: messagesByField(errors), access: accessErrors(errors, accessInput(form.audience, form)) });
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
