import { useRead } from '../shared/api/operations';
import { useSettled } from '../shared/useSettled';
import { CheckPolicy } from './policyQuery';

/** What is wrong with the text, as far as it is found at once: `isChecked` once that is known of what is there now. */
export function useCheck(text: string) {
  const settled = useSettled(text);
  const { data, isReading, problem, retry } = useRead(CheckPolicy, { source: settled });
  const findings = data?.policyCheck ?? [];
  return { findings, problem, retry, isChecked: settled === text && !isReading && !problem };
}
