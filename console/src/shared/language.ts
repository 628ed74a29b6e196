import { i18n, type Messages } from '@lingui/core';
import { messages as english } from '../locales/en.po';
import { readPreference, savePreference } from './preferences';

/** The languages, by their own names. English comes with the page; the others are loaded when chosen. */
export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

/** The region of a language by which dates and numbers are written. */
export const regions: Record<Language, string> = { en: 'en-GB', de: 'de-DE' };

const catalogs: Record<Language, () => Promise<{ messages: Messages }>> = {
  en: () => Promise.resolve({ messages: english }),
  de: () => import('../locales/de.po'),
};

export function isLanguage(name: string | null | undefined): name is Language {
  return name != null && Object.hasOwn(languages, name);
}

/** The language that was chosen on this device, or the first one of the browser's that there is. */
export function preferredLanguage(): Language {
  const chosen = readPreference('language');
  if (isLanguage(chosen)) return chosen;
  return navigator.languages.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en';
}

/** Shows a language. If its catalog can't be loaded, the page stays as it is. */
export async function showLanguage(language: Language): Promise<void> {
  const { messages } = await catalogs[language]();
  i18n.loadAndActivate({ locale: language, locales: regions[language], messages });
  document.documentElement.lang = language;
}

/** Shows a language, and remembers it on this device. */
export async function chooseLanguage(language: Language): Promise<void> {
  await showLanguage(language);
  savePreference('language', language);
}
