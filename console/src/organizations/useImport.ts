import { useRef, useState } from 'react';
import type { ImportServicesMutation } from '../gql/graphql';
import type { ServerError } from '../shared/api/errorWords';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import type { CsvPart } from './cutCsv';
import { ImportServices } from './queries';

export type RefusedLine = ImportServicesMutation['importServices']['refused'][number];

export interface Outcome {
  isDryRun: boolean;
  /** Whether all parts were sent. */
  isComplete: boolean;
  services: number;
  contractAccounts: number;
  deliveryAccounts: number;
  refused: RefusedLine[];
  errors: ServerError[];
}

const nothing = { isComplete: false, services: 0, contractAccounts: 0, deliveryAccounts: 0, refused: [], errors: [] };

/** How many refused lines are shown. */
const MOST_REFUSED = 1_000;

/** Sends the parts of a file one after the other: all of them to be checked, or to be imported until one is refused. */
export function useImport(organization: string) {
  const { send } = useWrite(ImportServices);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [progress, setProgress] = useState<{ isDryRun: boolean; done: number } | null>(null);
  // The parts that are imported already, so that an interrupted import goes on after them.
  const imported = useRef(0);

  const run = async (parts: readonly CsvPart[], options: { createAccounts: boolean; dryRun: boolean }) => {
    const isDryRun = options.dryRun;
    const isResumed = !isDryRun && imported.current > 0 && outcome !== null;
    let result: Outcome = isResumed ? { ...outcome, refused: [], errors: [] } : { ...nothing, isDryRun };
    setProblem(null);
    const first = isDryRun ? 0 : imported.current;
    for (const [place, { csv, skipped }] of parts.entries()) {
      if (place < first) continue;
      setProgress({ isDryRun, done: place });
      const { data, problem: failed } = await send({ input: { organization, csv, skippedLines: skipped, ...options } });
      if (!data) {
        setProblem(failed);
        break;
      }
      const { refused, errors, ...counts } = data.importServices;
      result = {
        isDryRun,
        isComplete: place === parts.length - 1 && (isDryRun || errors.length === 0),
        services: result.services + counts.services,
        contractAccounts: result.contractAccounts + counts.contractAccounts,
        deliveryAccounts: result.deliveryAccounts + counts.deliveryAccounts,
        refused: [...result.refused, ...refused].slice(0, MOST_REFUSED),
        errors: [...result.errors, ...(refused.length > 0 ? [] : errors)],
      };
      if (errors.length > 0 && (!isDryRun || refused.length === 0)) break;
      if (!isDryRun) imported.current = place + 1;
    }
    setProgress(null);
    setOutcome(result);
  };
  const forget = () => {
    imported.current = 0;
    setOutcome(null);
    setProblem(null);
  };
  return { run, forget, outcome, problem, progress };
}
