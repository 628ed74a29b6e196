import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, type ReactNode, useState, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nProvider as AriaI18nProvider } from 'react-aria-components/I18nProvider';
import { NewVersionBanner } from './frame/NewVersionBanner';
import { newRouter } from './router';
import { Session, SessionContext } from './session/session';
import { isLanguage, preferredLanguage, regions, showLanguage } from './shared/language';
import './shared/styles/tokens.css';
import './shared/styles/base.css';
import { applyTheme } from './shared/theme';
import { watchVersion } from './shared/version';

/** Gives components the texts, and React Aria's own, in the chosen language. */
function Languages({ children }: { children: ReactNode }) {
  const [locale, setLocale] = useState(i18n.locale);
  useEffect(() => i18n.on('change', () => setLocale(i18n.locale)), []);
  return (
    <I18nProvider i18n={i18n}>
      <AriaI18nProvider locale={isLanguage(locale) ? regions[locale] : locale}>{children}</AriaI18nProvider>
    </I18nProvider>
  );
}

async function start(root: HTMLElement): Promise<void> {
  applyTheme();
  watchVersion();
  await showLanguage(preferredLanguage()).catch(() => showLanguage('en'));
  const session = new Session();
  const router = newRouter(session);
  createRoot(root).render(
    <StrictMode>
      <Languages>
        <SessionContext value={session}>
          <RouterProvider router={router} />
          <NewVersionBanner />
        </SessionContext>
      </Languages>
    </StrictMode>,
  );
}

const root = document.getElementById('root');
if (root) void start(root);
