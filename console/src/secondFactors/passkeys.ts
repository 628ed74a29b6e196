/** Whether passkeys can be used here: the browser knows them, and the page has a name. They are not for addresses. */
export function canUsePasskeys(): boolean {
  const isAddress = /^[\d.]+$|:/.test(location.hostname);
  return !isAddress && typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential;
}

/** Makes a passkey on a device of the person; null if they don't want to. */
export async function makePasskey(options: string): Promise<string | null> {
  const parsed = JSON.parse(options) as PublicKeyCredentialCreationOptionsJSON;
  return asked(() => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(parsed) }));
}

/** Lets the person use a passkey; null if they don't want to, or have none. */
export async function givePasskey(options: string): Promise<string | null> {
  const parsed = JSON.parse(options) as PublicKeyCredentialRequestOptionsJSON;
  return asked(() => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(parsed) }));
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
