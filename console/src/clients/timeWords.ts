import { useLingui } from '@lingui/react/macro';

/** Times in the words of the page. */
export function useTimeWords() {
  const { t, i18n } = useLingui();
  const time = (value: string) => i18n.date(value, { dateStyle: 'medium', timeStyle: 'short' });
  const lastUsed = (value: string | null | undefined) => {
    const used = value && time(value);
    return used ? t`Last used ${used}` : t`Never used`;
  };
  return { time, lastUsed };
}
