import { useEffect, useState } from 'react';

/** How long after the last key something typed is asked about, in milliseconds. */
const PAUSE = 400;

/** What was typed, once the person has paused: the server is not asked at each key. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
