import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { Button } from '../ui/Button';
import { type Change, useAskedChange } from './askedChange';

const words: Record<Change, MessageDescriptor> = {
  move: msg`What if it moves?`,
  close: msg`What if it closes?`,
  leave: msg`What if they leave?`,
};

/** Asks what a change would do, in a dialog of the frame. Show it only to those who may review access. */
export function WhatIfButton({ change, id, name }: { change: Change; id: string; name: string }) {
  const { i18n } = useLingui();
  const { ask } = useAskedChange();
  const question = i18n._(words[change]);
  return (
    <Button variant="small" aria-label={`${question} ${name}`} onPress={() => ask({ change, on: id, to: undefined, effect: undefined })}>
      {question}
    </Button>
  );
}
