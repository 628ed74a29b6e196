/** The idempotency keys of a mutation (docs/idempotency.md): if the response is lost, it is sent again with the same key,
 *  and the server does it only once. Other variables, or the next time after a response, are another key. */
export class Attempts {
  private last: { key: string; variables: string } | null = null;

  /** The key with which to send these variables. */
  keyFor(variables: object): string {
    const text = JSON.stringify(variables);
    if (this.last?.variables !== text) this.last = { key: newKey(), variables: text };
    return this.last.key;
  }

  /** Says that a response has come, or that none will ever come for this key. */
  end(): void {
    this.last = null;
  }
}

/** 128 random bits. `crypto.randomUUID` is missing where a server is reached without TLS. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
