/** The search parameters of all addresses: a name for each value, and the name again for each further one, as forms send
 *  them: `?search=pear&status=ACTIVE&status=PENDING`. */
export function parseSearch(text: string): Record<string, unknown> {
  const search: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const known = search[name];
    search[name] = known === undefined ? value : [known, value].flat();
  }
  return search;
}

export function formatSearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const item of [value].flat()) if (typeof item === 'string' && item !== '') parameters.append(name, item);
  }
  const text = parameters.toString();
  return text && `?${text}`;
}

/** A parameter with one text; undefined if it is missing or empty. */
export function textOf(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' && first !== '' ? first : undefined;
}

/** A parameter with one of these words; undefined if it is none of them. */
export function oneOf<Word extends string>(words: readonly Word[], value: unknown): Word | undefined {
  return words.find((word) => word === textOf(value));
}

/** A parameter with some of these words, in their order; undefined if it has none. */
export function someOf<Word extends string>(words: readonly Word[], value: unknown): Word[] | undefined {
  const given: unknown[] = [value].flat();
  const known = words.filter((word) => given.includes(word));
  return known.length ? known : undefined;
}

/** A parameter with a number of days, from 1 to `most`; undefined if it is none. */
export function daysOf(value: unknown, most: number): string | undefined {
  const text = textOf(value);
  return text && /^[1-9]\d{0,4}$/.test(text) && Number(text) <= most ? text : undefined;
}
