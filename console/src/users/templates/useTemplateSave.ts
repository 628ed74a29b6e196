import { useState } from 'react';
import type { ErrorCode, UpdateTemplateMutation } from '../../gql/graphql';
import { type FieldError, messagesByField } from '../../shared/api/fieldErrors';
import { useWrite } from '../../shared/api/operations';
import type { Problem } from '../../shared/api/problem';
import { useSaid } from '../../shared/useSaid';
import { accessErrors, accessInput } from '../access/accessChoice';
import { generalErrors } from '../bulk/bulkChange';
import type { BulkOutcome } from '../bulk/useBulkChange';
import { CreateTemplate, UpdateTemplate } from './formQueries';
import { type TemplateForm, templateInput } from './templateForm';

interface Messages {
  codes: readonly ErrorCode[];
  /** By the fields of the form. */
  fields: Record<string, string[]>;
  /** By what they are shown at: `accessErrors`. */
  access: Record<string, string[]>;
}

const NONE: Messages = { codes: [], fields: {}, access: {} };

function messagesOf(errors: readonly (FieldError & { code: ErrorCode })[], form: TemplateForm): Messages {
  return { codes: errors.map(({ code }) => code), fields: messagesByField(errors), access: accessErrors(errors, accessInput(form.audience, form)) };
}

/** Creates a template. */
export function useTemplateCreation(form: TemplateForm, onSaved: () => void) {
  const { send, isSending } = useWrite(CreateTemplate);
  const [messages, setMessages] = useSaid(NONE);
  const [problem, setProblem] = useState<Problem | null>(null);
  const save = async () => {
    setMessages(() => NONE);
    const { data, problem: failed } = await send({ input: templateInput(form) });
    setProblem(failed);
    if (!data) return;
    const { errors } = data.createAccessTemplate;
    setMessages(() => messagesOf(errors, form));
    if (errors.length === 0) onSaved();
  };
  return { save: () => void save(), isSending, messages, problem };
}

/** Changes a template. If that changes users, `outcome` first says which of them gain and lose what. */
export function useTemplateUpdate(id: string, version: number, form: TemplateForm, onSaved: () => void) {
  const { send, isSending } = useWrite(UpdateTemplate);
  const [messages, setMessages] = useSaid(NONE);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [outcome, setOutcome] = useState<BulkOutcome | null>(null);
  const write = async (dryRun: boolean): Promise<void> => {
    setMessages(() => NONE);
    const { data, problem: failed } = await send({ input: { id, version, ...templateInput(form), dryRun } });
    setProblem(failed);
    if (!data) return;
    const { errors, changed, results } = data.updateAccessTemplate;
    if (errors.length === 0 && !dryRun) onSaved();
    else if (errors.length === 0 && changed === 0) await write(false);
    else if (errors.length === 0 || results.some(({ errors: own }) => own.length > 0)) setOutcome(outcomeOf(data.updateAccessTemplate, dryRun));
    else {
      setOutcome(null);
      setMessages(() => messagesOf(errors, form));
    }
  };
  return { check: () => void write(true), apply: () => void write(false), isSending, messages, problem, outcome, back: () => setOutcome(null) };
}

function outcomeOf({ errors, changed, results }: UpdateTemplateMutation['updateAccessTemplate'], isDryRun: boolean): BulkOutcome {
  const refused = results.filter(({ state }) => state === 'REFUSED').length;
  // What is wrong with single users stands at them.
  const own = new Set(results.flatMap(({ errors: found }) => found.map(({ message }) => message)));
  const general = generalErrors(errors).filter(({ message }) => !own.has(message));
  return { isDryRun, changed, refused, results, errors: general, isPossible: errors.length === 0 };
}
