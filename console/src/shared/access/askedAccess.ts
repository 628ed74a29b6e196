import { useNavigate, useSearch } from '@tanstack/react-router';
import type { PolicyAction } from '../../gql/graphql';
import { oneOf, textOf } from '../searchParameters';

/** What can be asked of each type of node, in the order in which it is offered. */
export const askedActions = {
  Organization: ['VIEW', 'CREATE_USER', 'REVIEW_ACCESS', 'CHANGE_SETTINGS'],
  ContractAccount: ['VIEW', 'ASSIGN', 'VIEW_BILLING'],
  DeliveryAccount: ['VIEW', 'ASSIGN'],
  Service: ['VIEW'],
  User: ['VIEW', 'UPDATE', 'RESEND_ACTIVATION', 'REMOVE', 'RESTORE'],
} as const satisfies Record<string, readonly PolicyAction[]>;

export type AskedType = keyof typeof askedActions;
export type AskedAction = (typeof askedActions)[AskedType][number];

/** A question about access, as the address has it: who may do something with a thing, and why one user may, or may not. */
export interface AskedAccess {
  /** The id of the thing. */
  on: string;
  action: AskedAction;
  /** The id of the one user whom the question is about. */
  user: string | undefined;
}

/** The action that a value of the address names; to see it, if it names none. */
export const askedAction = (value: unknown): AskedAction => oneOf(Object.values(askedActions).flat(), value) ?? 'VIEW';

/** The question that the address asks, on any page; null if it asks none. */
export function useAskedAccess() {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const on = textOf(search['access']);
  const action = askedAction(search['accessAction']);
  const asked: AskedAccess | null = on ? { on, action, user: textOf(search['accessUser']) } : null;
  /** Asks another question, or closes it; the list behind stays as it is. */
  const ask = (wanted: AskedAccess | null) => {
    // No page has filters of these names.
    const accessAction = wanted && wanted.action !== 'VIEW' ? wanted.action : undefined;
    const parameters = { access: wanted?.on, accessAction, accessUser: wanted?.user };
    void navigate({ to: '.', search: ((former: object) => ({ ...former, ...parameters })) as never, resetScroll: false });
  };
  return { asked, ask };
}
