import { useNavigate, useSearch } from '@tanstack/react-router';
import { oneOf, textOf } from '../../searchParameters';
import { momentOf } from './moment';

/** The users whom the dialog lists: those who had access, or those of whom it isn't recorded. */
export type PastList = 'users' | 'unknown';

/** A question about an earlier time, as the address has it: who had access to a thing. */
export interface AskedPast {
  /** The id of the thing. */
  on: string;
  /** The time; undefined as long as none is entered. */
  at: string | undefined;
  list: PastList;
}

/** The question about an earlier time that the address asks, on any page; null if it asks none. */
export function useAskedPast() {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const on = textOf(search['hadAccess']);
  const list = oneOf(['unknown'], search['hadAccessList']) ?? 'users';
  const askedPast: AskedPast | null = on ? { on, at: momentOf(search['hadAccessAt']), list } : null;
  /** Asks another question, or closes it; the list behind stays as it is, and who can see it now is not asked any more. */
  const askPast = (wanted: AskedPast | null) => {
    // No page has filters of these names.
    const parameters = {
      access: undefined,
      accessAction: undefined,
      accessUser: undefined,
      hadAccess: wanted?.on,
      hadAccessAt: wanted?.at,
      hadAccessList: wanted?.list === 'unknown' ? wanted.list : undefined,
    };
    void navigate({ to: '.', search: ((former: object) => ({ ...former, ...parameters })) as never, resetScroll: false });
  };
  return { askedPast, askPast };
}
