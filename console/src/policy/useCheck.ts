import { useRead } from '../shared/api/operations';
import { useSettled } from '../shared/useSettled';
import { CheckPolicy } from './policyQuery';

/** What is wrong with the text, as far as it is found at once: `isChecked` once that is known of what is there now. Nothing is
 *  wrong with the source in force. */
export function useCheck(text: string, inForce: string) {
  const settled = useSettled(text);
  const isInForce = settled === inForce;
  const { data, isReading, problem, retry } = useRead(CheckPolicy, { source: settled }, { pause: isInForce });
  if (isInForce) return { findings: [], problem: null, retry, isChecked: settled === text };
  return { findings: data?.policyCheck ?? [], problem, retry, isChecked: settled === text && !isReading && !problem };
}
