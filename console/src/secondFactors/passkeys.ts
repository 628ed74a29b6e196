/** Whether passkeys can be used here: the browser knows them, and the page has a name. They are not for addresses. */
export function canUsePasskeys(): boolean {
  const isAddress = /^[\d.]+$|:/.test(location.hostname);
  return !isAddress && typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential;
}

/** Whether the browser can suggest passkeys in a field with `autocomplete="username webauthn"`. */
export async function canSuggestPasskeys(): Promise<boolean> {
  return canUsePasskeys() && 'isConditionalMediationAvailable' in PublicKeyCredential && PublicKeyCredential.isConditionalMediationAvailable();
}

/** The request that waits for a choice among the suggestions, and the one that waits in a dialog of the browser. A page
 *  has one request at a time: a dialog ends the suggestions, and new ones wait until it is closed. */
let suggesting: AbortController | null = null;
let dialog: Promise<unknown> = Promise.resolve();

/** Suggests passkeys in the field for the email, until one is chosen or `stop` is aborted, also by a dialog; null if none
 *  was chosen. */
export async function suggestPasskey(options: string, stop: AbortController): Promise<string | null> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options) as PublicKeyCredentialRequestOptionsJSON);
  suggesting = stop;
  await dialog;
  return asked(() => navigator.credentials.get({ mediation: 'conditional', publicKey, signal: stop.signal }));
}

/** Makes a passkey on a device of the person; null if they don't want to. */
export async function makePasskey(options: string): Promise<string | null> {
  const parsed = JSON.parse(options) as PublicKeyCredentialCreationOptionsJSON;
  return inDialog(() => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(parsed) }));
}

/** Lets the person use a passkey; null if they don't want to, or have none. */
export async function givePasskey(options: string): Promise<string | null> {
  const parsed = JSON.parse(options) as PublicKeyCredentialRequestOptionsJSON;
  return inDialog(() => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(parsed) }));
}

function inDialog(ask: () => Promise<Credential | null>): Promise<string | null> {
  suggesting?.abort();
  const answer = asked(ask);
  dialog = answer;
  return answer;
}

async function asked(ask: () => Promise<Credential | null>): Promise<string | null> {
  try {
    const credential = await ask();
    return credential ? JSON.stringify(credential) : null;
  } catch {
    // The browser doesn't tell why.
    return null;
  }
}
