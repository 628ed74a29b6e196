import { graphql } from '../gql';
import { createPlainClient } from '../shared/api/client';
import { sendable } from '../shared/api/document';
import { type Problem, problemOf } from '../shared/api/problem';
import { baseUrl } from '../shared/configuration';

const SignInMethods = graphql(`
  query SignInMethods($email: EmailAddress!) {
    signInMethods(email: $email) {
      singleSignOnUrl
      password
    }
  }
`);

const LinkIdentity = graphql(`
  mutation LinkIdentity($code: String!, $verifier: String!, $token: String) {
    linkIdentity(input: { code: $code, codeVerifier: $verifier, token: $token }) {
      user {
        id
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

/** What a sign-in at a provider is for: a session, to link the identity of the person who is signed in, or to activate a
 *  new user with the token of their link. */
export type Purpose = { kind: 'sign-in'; next?: string | undefined } | { kind: 'link' } | { kind: 'activate'; token: string };

/** A sign-in that has begun in this browser. Without the verifier, its code is of no use to anybody. */
export interface Begun {
  verifier: string;
  purpose: Purpose;
  /** The code that has come back and whose identity isn't linked yet: the link in the mail needs it, too. */
  code?: string;
}

/** In the storage that all tabs share, because the link in the mail opens a new one. */
const KEY = 'portico.singleSignOn';

/** How somebody with this email signs in; null if that can't be asked. */
export async function signInMethods(email: string): Promise<{ url: string | null; password: boolean } | null> {
  const { data } = await createPlainClient().query(sendable(SignInMethods), { email }).toPromise();
  const found = data?.signInMethods;
  return found ? { url: found.singleSignOnUrl, password: found.password } : null;
}

/** The address where users of an organization begin, whatever their emails. */
export const organizationUrl = (organization: string): string =>
  `${baseUrl}/sso/start?${new URLSearchParams({ organization }).toString()}`;

/** Leaves the page for the provider. */
export async function beginSingleSignOn(url: string, purpose: Purpose): Promise<void> {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  remember({ verifier, purpose });
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const target = new URL(url);
  target.searchParams.set('code_challenge', base64url(new Uint8Array(digest)));
  location.assign(target.href);
}

export function remember(begun: Begun): void {
  localStorage.setItem(KEY, JSON.stringify(begun));
}

/** The sign-in that has begun in this browser, if there is one. */
export function begun(): Begun | null {
  const stored = localStorage.getItem(KEY);
  return stored === null ? null : (JSON.parse(stored) as Begun);
}

export function forgetBegun(): void {
  localStorage.removeItem(KEY);
}

/** Links the identity that a code stands for: with the person who is signed in, or with the user of a mailed link. */
export async function linkIdentity(code: string, verifier: string, token?: string) {
  const { data, error } = await createPlainClient().mutation(sendable(LinkIdentity), { code, verifier, token: token ?? null }).toPromise();
  const problem: Problem | null = error ? problemOf(error) : null;
  return { errors: data?.linkIdentity.errors ?? [], problem };
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
