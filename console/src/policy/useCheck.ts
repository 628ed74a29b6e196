import { useEffect, useState } from 'react';
import { useRead } from '../shared/api/operations';
import { CheckPolicy } from './policyQuery';

/** How long after the last key the text is checked, in milliseconds. */
const PAUSE = 400;

/** What is wrong with the text, as far as it is found at once: `isChecked` once that is known of what is there now. */
export function useCheck(text: string) {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  const { data, isReading, problem, retry } = useRead(CheckPolicy, { source: paused });
  const findings = data?.policyCheck ?? [];
  return { findings, problem, retry, isChecked: paused === text && !isReading && !problem };
}
