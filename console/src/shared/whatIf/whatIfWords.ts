import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { AskedAction } from '../access/askedAccess';
import { actionWords } from '../access/actionWords';
import type { Change, Effect } from './askedChange';
import type { SimulatedChange } from './whatIfQuery';

export const questions: Record<Change, (name: string) => MessageDescriptor> = {
  move: (name) => msg`What if ${name} moves?`,
  close: (name) => msg`What if ${name} closes?`,
  leave: (name) => msg`What if ${name} leaves?`,
};

export const effectWords: Record<Effect, MessageDescriptor> = {
  NOBODY: msg`Nobody could`,
  LOST: msg`Would lose`,
  GAINED: msg`Would gain`,
};

export const typeWords: Record<string, MessageDescriptor | undefined> = {
  ContractAccount: msg`Contract accounts`,
  DeliveryAccount: msg`Delivery accounts`,
  Service: msg`Services`,
  User: msg`Users`,
};

const nobodyWords: Record<string, ((name: string) => MessageDescriptor) | undefined> = {
  ASSIGN: (name) => msg`Nobody could give users access to ${name}`,
  UPDATE: (name) => msg`Nobody could change ${name}, nor extend their access`,
};

/** What would be so afterwards, in a sentence; undefined for what this version doesn't know. */
export function sentence({ effect, action, user, name }: SimulatedChange): MessageDescriptor | undefined {
  if (effect === 'NOBODY') return nobodyWords[action]?.(name);
  const words = isKnown(action) ? actionWords[action] : undefined;
  if (!words || !user) return undefined;
  return effect === 'GAINED' ? words.yes(user.displayName, name) : words.no(user.displayName, name);
}

export function choiceOf(action: string): MessageDescriptor | undefined {
  return isKnown(action) ? actionWords[action].choice : undefined;
}

function isKnown(action: string): action is AskedAction {
  return action in actionWords;
}
