import type { Condition, Explained } from './explainQuery';

export interface ExplanationParts {
  /** The conditions of each way that allows it. */
  ways: Condition[][];
  /** What is missing, for each way that could allow it: those that lack least come first. */
  missing: Condition[][];
  /** What holds of the way that lacks least. */
  holding: Condition[];
}

/** Sorts an explanation into what is said first: why it is allowed, or what is missing. Ways that lack the same, or more than
 *  another one lacks, are left out. */
export function explanationParts({ ways }: Explained): ExplanationParts {
  const allowing = ways.filter(({ missing }) => missing === 0).map(({ conditions }) => conditions);
  const lacking = ways.filter(({ missing }) => missing > 0).map(({ conditions }) => conditions.filter(({ holds }) => !holds));
  const keys = lacking.map((conditions) => new Set(conditions.map(({ sentence }) => sentence)));
  const isCovered = (key: Set<string>, place: number) =>
    keys.some((other, before) => (before < place || other.size < key.size) && [...other].every((sentence) => key.has(sentence)));
  const missing = lacking.filter((_, place) => !isCovered(keys[place] ?? new Set(), place));
  return { ways: allowing, missing, holding: ways[0]?.conditions.filter(({ holds }) => holds) ?? [] };
}
