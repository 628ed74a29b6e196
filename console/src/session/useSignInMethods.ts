import { useEffect, useState } from 'react';
import { signInMethods } from './singleSignOn';

/** How long the email has to stay as it is before the server is asked, in milliseconds. */
const SETTLED = 400;

export interface Methods {
  /** Where to begin at the provider of the email's domain; null if there is none, or if it isn't known yet. */
  url: string | null;
  password: boolean;
}

const BY_PASSWORD: Methods = { url: null, password: true };

/** How somebody with the email that is being typed signs in. It depends on the domain alone. */
export function useSignInMethods(email: string): Methods {
  const [found, setFound] = useState<{ domain: string; methods: Methods } | null>(null);
  const domain = /^[^@\s]+@([^@\s]+\.[^@\s]{2,})$/.exec(email.trim())?.[1] ?? null;
  const known = found?.domain === domain;
  useEffect(() => {
    if (domain === null || known) return;
    let isCurrent = true;
    const timer = setTimeout(() => {
      void signInMethods(email.trim()).then((methods) => {
        if (isCurrent) setFound({ domain, methods: methods ?? BY_PASSWORD });
      });
    }, SETTLED);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [domain, known, email]);
  if (!found || !known || !found.methods.url) return BY_PASSWORD;
  // The address names the email with which it was asked; another one may have the same domain.
  const url = new URL(found.methods.url);
  url.searchParams.set('email', email.trim());
  return { ...found.methods, url: url.href };
}
