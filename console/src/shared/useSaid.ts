import { useLingui } from '@lingui/react/macro';
import { useMemo, useState } from 'react';

/** State in words. `say` is called again when another language is chosen, so that the words are in the language of the
 *  page; they stay the same object as long as neither changes. */
export function useSaid<Words>(nothing: Words): [Words, (say: () => Words) => void] {
  const { i18n } = useLingui();
  const [say, setSay] = useState<() => Words>(() => () => nothing);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- what is said depends on the language
  const said = useMemo(() => say(), [say, i18n.locale]);
  return [said, (next) => setSay(() => next)];
}
