import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Client, CombinedError } from 'urql';
import { createClient, createPlainClient } from '../shared/api/client';
import { sendable } from '../shared/api/document';
import { graphql } from '../gql';
import type { PasskeyUse, SessionViewerFragment, SignInMutation } from '../gql/graphql';
import type { ServerError } from '../shared/api/errorWords';
import { givePasskey, suggestPasskey } from '../secondFactors/passkeys';
import { codesOf, type Problem, problemOf } from '../shared/api/problem';
import { forgetViewAs } from '../shared/api/viewAs';

graphql(`
  fragment SessionViewer on Viewer {
    user {
      id
      displayName
      email
    }
    organization {
      id
      name
      viewerCan
    }
    viewerCan
    assignable {
      audiences
    }
    viewingAs {
      reason
      endsAt
    }
  }
`);

const WhoAmI = graphql(`
  query WhoAmI {
    viewer {
      ...SessionViewer
    }
  }
`);

const SignIn = graphql(`
  mutation SignIn($email: EmailAddress!, $password: String!) {
    signIn(input: { email: $email, password: $password, session: COOKIE }) {
      viewer {
        ...SessionViewer
      }
      secondFactor {
        ticket
        methods
        mustEnroll
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const CompleteSignIn = graphql(`
  mutation CompleteSignIn($ticket: String!, $code: String!) {
    completeSignIn(input: { ticket: $ticket, code: $code, session: COOKIE }) {
      viewer {
        ...SessionViewer
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const SignInWithProvider = graphql(`
  mutation SignInWithProvider($code: String!, $verifier: String!) {
    signInWithProvider(input: { code: $code, codeVerifier: $verifier, session: COOKIE }) {
      viewer {
        ...SessionViewer
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const PasskeyChallenge = graphql(`
  mutation PasskeyChallenge($use: PasskeyUse!, $ticket: String) {
    createPasskeyChallenge(input: { use: $use, ticket: $ticket }) {
      options
      errors {
        code
        message
        path
      }
    }
  }
`);

const SignInWithPasskey = graphql(`
  mutation SignInWithPasskey($credential: String!, $ticket: String) {
    signInWithPasskey(input: { credential: $credential, ticket: $ticket, session: COOKIE }) {
      viewer {
        ...SessionViewer
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const SignOut = graphql(`
  mutation SignOut {
    signOut {
      errors {
        code
      }
    }
  }
`);

export type SessionViewer = SessionViewerFragment;

/** Whether this person may change the settings of their organization. */
export const mayChangeSettings = ({ organization }: SessionViewer): boolean => organization?.viewerCan.includes('CHANGE_SETTINGS') ?? false;

/** Why a sign-in failed: what the server says against it, or what stopped the request. */
export type SignInFailure = { errors: readonly ServerError[] } | { problem: Problem };

/** How a sign-in with a passkey has ended. */
export type PasskeyOutcome = SignInFailure | 'signed-in' | 'none-given';

/** What a sign-in needs after the password: a code, or a second factor that is set up first. */
export type NeededStep = NonNullable<SignInMutation['signIn']['secondFactor']>;

/** Whether this person may give access to new users, of the organization or of end customers. */
export const mayAddUsers = ({ assignable }: SessionViewer): boolean => (assignable?.audiences.length ?? 0) > 0;

/** The session of this page: who is signed in, and whether the session has ended while the page is open. The session
 *  itself is a cookie that scripts can't read. */
export class Session {
  /** For everything but signing in and out. */
  client: Client;
  /** Who is signed in; null: nobody; undefined: not known yet. */
  viewer: SessionViewer | null | undefined = undefined;
  /** Whether the session has ended: requests wait until the same person has signed in again. */
  hasEnded = false;
  private readonly plain = createPlainClient();
  private readonly listeners = new Set<() => void>();
  private loading: Promise<SessionViewer | null> | null = null;
  private onSignedInAgain: (() => void) | null = null;
  /** Whether a change waits for a proof of who the person is. */
  isProofAsked = false;
  private onProofAnswered: (() => void)[] = [];
  /** How the last sign-in with a passkey, in a dialog of the browser, has ended. */
  passkeyAttempt: Promise<PasskeyOutcome> = Promise.resolve('none-given');

  constructor() {
    this.client = this.newClient();
  }

  /** Returns who is signed in, which is asked for once. Throws CombinedError if there is no response. */
  load(): Promise<SessionViewer | null> {
    if (this.viewer !== undefined) return Promise.resolve(this.viewer);
    this.loading ??= this.read().finally(() => (this.loading = null));
    return this.loading;
  }

  /** Signs in; returns null, what else is needed, or why it failed. */
  async signIn(email: string, password: string): Promise<SignInFailure | { step: NeededStep } | null> {
    const { data, error } = await this.plain.mutation(sendable(SignIn), { email, password }).toPromise();
    if (error) return malformedEmail(error) ?? { problem: problemOf(error) };
    const errors = data?.signIn.errors ?? [];
    if (errors.length > 0) return { errors };
    if (data?.signIn.secondFactor) return { step: data.signIn.secondFactor };
    this.goOn(data?.signIn.viewer ?? null);
    return null;
  }

  /** Signs in with the code that a provider's response has led to; returns null, or why it failed. */
  async signInWithProvider(code: string, verifier: string): Promise<SignInFailure | null> {
    const { data, error } = await this.plain.mutation(sendable(SignInWithProvider), { code, verifier }).toPromise();
    if (error) return { problem: problemOf(error) };
    const errors = data?.signInWithProvider.errors ?? [];
    if (errors.length > 0) return { errors };
    this.goOn(data?.signInWithProvider.viewer ?? null);
    return null;
  }

  /** Finishes a sign-in with a code; returns null, or why it failed. */
  async completeSignIn(ticket: string, code: string): Promise<SignInFailure | null> {
    const { data, error } = await this.plain.mutation(sendable(CompleteSignIn), { ticket, code }).toPromise();
    if (error) return { problem: problemOf(error) };
    const errors = data?.completeSignIn.errors ?? [];
    if (errors.length > 0) return { errors };
    this.goOn(data?.completeSignIn.viewer ?? null);
    return null;
  }

  /** Signs in with a passkey: as the second factor of a ticket, or alone. */
  signInWithPasskey(ticket?: string): Promise<PasskeyOutcome> {
    const attempt = this.askForPasskey(ticket);
    this.passkeyAttempt = attempt;
    return attempt;
  }

  private async askForPasskey(ticket?: string): Promise<PasskeyOutcome> {
    const given = await this.presentPasskey('SIGN_IN', ticket);
    if (given === null) return 'none-given';
    return typeof given === 'string' ? this.signInWithPresented(given, ticket) : given;
  }

  /** Signs in with a passkey that the person chooses among the suggestions in the field for the email, if they do before
   *  `stop` is aborted. If passkeys can't be suggested now, that is no failure. */
  async signInWithSuggestedPasskey(stop: AbortController): Promise<PasskeyOutcome> {
    const challenge = await this.challenge('SIGN_IN');
    if (typeof challenge !== 'string' || stop.signal.aborted) return 'none-given';
    const given = await suggestPasskey(challenge, stop);
    return given === null ? 'none-given' : this.signInWithPresented(given);
  }

  private async signInWithPresented(credential: string, ticket?: string): Promise<SignInFailure | 'signed-in'> {
    const variables = { credential, ticket: ticket ?? null };
    const { data, error } = await this.plain.mutation(sendable(SignInWithPasskey), variables).toPromise();
    if (error) return { problem: problemOf(error) };
    const errors = data?.signInWithPasskey.errors ?? [];
    if (errors.length > 0) return { errors };
    const viewer = data?.signInWithPasskey.viewer ?? null;
    // What waits for the session is somebody else's: the passkey may be of any user.
    if (this.hasEnded && viewer?.user?.email !== this.viewer?.user?.email) location.reload();
    else this.goOn(viewer);
    return 'signed-in';
  }

  /** What the browser returns for a passkey; null if the person gives none. */
  async presentPasskey(use: PasskeyUse, ticket?: string): Promise<string | SignInFailure | null> {
    const options = await this.challenge(use, ticket);
    return typeof options === 'string' ? givePasskey(options) : options;
  }

  private async challenge(use: PasskeyUse, ticket?: string): Promise<string | SignInFailure> {
    const { data, error } = await this.plain.mutation(sendable(PasskeyChallenge), { use, ticket: ticket ?? null }).toPromise();
    if (error) return { problem: problemOf(error) };
    const { options, errors } = data?.createPasskeyChallenge ?? { options: null, errors: [] };
    return options ?? { errors };
  }

  /** Begins the session of somebody who is signed in now. Requests that waited for it are sent. */
  goOn(viewer: SessionViewer | null): void {
    this.viewer = viewer;
    this.hasEnded = false;
    this.onSignedInAgain?.();
    this.onSignedInAgain = null;
    this.notify();
  }

  /** Lets the changes that wait for a proof be sent again: it was given, or the person doesn't want to. */
  answerProof(): void {
    this.isProofAsked = false;
    this.onProofAnswered.forEach((answer) => answer());
    this.onProofAnswered = [];
    this.notify();
  }

  /** For what needs no session, or must not wait for one. */
  get plainClient(): Client {
    return this.plain;
  }

  /** Signs out, and forgets what was read: the next user must not see this user's data. If the server can't be reached,
   *  the problem is returned and the session goes on. */
  async signOut(): Promise<Problem | null> {
    const { error } = await this.plain.mutation(sendable(SignOut), {}).toPromise();
    if (error && !codesOf(error).includes('UNAUTHENTICATED')) return problemOf(error);
    this.forget();
    return null;
  }

  /** Ends what waits for the session, for somebody else to sign in. */
  forget(): void {
    forgetViewAs();
    this.viewer = null;
    this.hasEnded = false;
    this.onSignedInAgain = null;
    this.isProofAsked = false;
    this.onProofAnswered = [];
    this.client = this.newClient();
    this.notify();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private async read(): Promise<SessionViewer | null> {
    const { data, error } = await this.plain.query(sendable(WhoAmI), {}).toPromise();
    if (error && !codesOf(error).includes('UNAUTHENTICATED')) throw error;
    this.viewer = data?.viewer ?? null;
    this.notify();
    return this.viewer;
  }

  private newClient(): Client {
    return createClient(
      () => this.signInAgain(),
      () => this.askForProof(),
    );
  }

  private signInAgain(): Promise<void> {
    this.hasEnded = true;
    this.notify();
    return new Promise((resolve) => {
      this.onSignedInAgain = resolve;
    });
  }

  private askForProof(): Promise<void> {
    this.isProofAsked = true;
    this.notify();
    return new Promise((resolve) => this.onProofAnswered.push(resolve));
  }

  private notify(): void {
    this.listeners.forEach((listener) => listener());
  }
}

/** The failure of a sign-in with an address that is none. */
function malformedEmail(error: CombinedError): SignInFailure | null {
  const found = error.graphQLErrors.find(({ extensions }) => extensions['code'] === 'BAD_USER_INPUT');
  return found ? { errors: [{ code: 'INVALID', message: found.message, path: ['input', 'email'] }] } : null;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('There is no session around this component.');
  return session;
}

/** Who is signed in, for components inside the frame. */
export function useViewer(): SessionViewer {
  const session = useSession();
  const viewer = useSyncExternalStore(session.subscribe, () => session.viewer);
  if (!viewer) throw new SignedOut();
  return viewer;
}

/** Whether somebody is signed in. */
export function useIsSignedIn(): boolean {
  const session = useSession();
  return useSyncExternalStore(session.subscribe, () => session.viewer != null);
}

/** Whether the session has ended while the page is open. */
export function useSessionHasEnded(): boolean {
  const session = useSession();
  return useSyncExternalStore(session.subscribe, () => session.hasEnded);
}

/** Whether a change waits for a proof of who the person is. */
export function useIsProofAsked(): boolean {
  const session = useSession();
  return useSyncExternalStore(session.subscribe, () => session.isProofAsked);
}

/** Nobody is signed in any more; the page is about to show the sign-in form. */
export class SignedOut extends Error {}

