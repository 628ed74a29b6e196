import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { act, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, expect, test } from 'vitest';
import { useSaid } from './useSaid';

afterEach(() => i18n.activate('en'));

/** Says a sentence in words of the language, and counts the objects that it was said with. */
function Said() {
  const [said, setSaid] = useSaid<string[]>([]);
  const [seen, setSeen] = useState<string[][]>([]);
  if (!seen.includes(said)) setSeen([...seen, said]);
  return (
    <button type="button" onClick={() => setSaid(() => [`taken (${i18n.locale})`])}>
      {said.join(' ')} {seen.length}
    </button>
  );
}

test('what is said is said again in another language, and stays the same object otherwise', () => {
  i18n.load({ en: {}, xx: {} });
  const shown = () => (
    <I18nProvider i18n={i18n}>
      <Said />
    </I18nProvider>
  );
  const { rerender } = render(shown());
  act(() => screen.getByRole('button').click());
  expect(screen.getByText('taken (en) 2')).toBeTruthy();
  rerender(shown());
  expect(screen.getByText('taken (en) 2')).toBeTruthy();
  act(() => i18n.activate('xx'));
  expect(screen.getByText('taken (xx) 3')).toBeTruthy();
});
