import { useNavigate, useSearch } from '@tanstack/react-router';
import { oneOf, textOf } from '../searchParameters';

/** The changes that can be asked about: a service gets another account, an account closes, a user leaves. */
export const changes = ['move', 'close', 'leave'] as const;
export const effects = ['NOBODY', 'LOST', 'GAINED'] as const;
export type Change = (typeof changes)[number];
export type Effect = (typeof effects)[number];

/** A question about a change that is not made, as the address has it. */
export interface AskedChange {
  change: Change;
  /** The id of the service, the account, or the user. */
  on: string;
  /** The id of the account to which a service would move; undefined until it is chosen. */
  to: string | undefined;
  /** Lists only these effects. */
  effect: Effect | undefined;
}

/** The question that the address asks, on any page; null if it asks none. */
export function useAskedChange() {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = oneOf(changes, search['whatIf']);
  const on = textOf(search['whatIfOn']);
  const effect = oneOf(effects, search['whatIfEffect']);
  const asked: AskedChange | null = change && on ? { change, on, to: textOf(search['whatIfTo']), effect } : null;
  /** Asks another question, or closes it; the list behind stays as it is. */
  const ask = (wanted: AskedChange | null) => {
    const parameters = { whatIf: wanted?.change, whatIfOn: wanted?.on, whatIfTo: wanted?.to, whatIfEffect: wanted?.effect };
    void navigate({ to: '.', search: ((former: object) => ({ ...former, ...parameters })) as never, resetScroll: false });
  };
  return { asked, ask };
}
