import { i18n, type Messages } from '@lingui/core';
import { messages as english } from 'messages:en:../main';
import { readPreference, savePreference } from './preferences';

/** The languages, by their own names. English comes with the page; the others are loaded when chosen. */
export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

/** The region of a language by which dates and numbers are written. */
export const regions: Record<Language, string> = { en: 'en-GB', de: 'de-DE' };

type Catalogs = Record<Language, () => Promise<{ messages: Messages }>>;

/** The catalogs of what has been loaded: of the first screen, and of each page and dialog that has been opened. */
const brought = new Set<Catalogs>([
  { en: () => Promise.resolve({ messages: english }), de: () => import('messages:de:../main') },
]);

export function isLanguage(name: string | null | undefined): name is Language {
  return name != null && Object.hasOwn(languages, name);
}

/** The language that was chosen on this device, or the first one of the browser's that there is. */
export function preferredLanguage(): Language {
  const chosen = readPreference('language');
  if (isLanguage(chosen)) return chosen;
  return navigator.languages.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en';
}

/** Shows a language. If its messages can't be loaded, the page stays as it is. */
export async function showLanguage(language: Language): Promise<void> {
  let known = 0;
  // A page may be opened meanwhile.
  while (known < brought.size) {
    known = brought.size;
    await Promise.all([...brought].map((catalogs) => loadMessages(language, catalogs)));
  }
  i18n.activate(language, regions[language]);
  document.documentElement.lang = language;
}

/** A page or dialog, when its messages are there, too. The build puts it around each `import(…)`. */
export async function withMessages<Module>(module: Promise<Module>, catalogs: Catalogs): Promise<Module> {
  brought.add(catalogs);
  const [loaded] = await Promise.all([module, loadShownMessages(catalogs)]);
  return loaded;
}

/** Loads the messages in the language of the page, which may become another one meanwhile. */
async function loadShownMessages(catalogs: Catalogs): Promise<void> {
  const language = isLanguage(i18n.locale) ? i18n.locale : 'en';
  await loadMessages(language, catalogs);
  if (language !== i18n.locale && isLanguage(i18n.locale)) await loadShownMessages(catalogs);
}

async function loadMessages(language: Language, catalogs: Catalogs): Promise<void> {
  i18n.load(language, (await catalogs[language]()).messages);
}

/** Shows a language, and remembers it on this device. */
export async function chooseLanguage(language: Language): Promise<void> {
  await showLanguage(language);
  savePreference('language', language);
}
