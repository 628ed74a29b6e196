import { useEffect, useRef } from 'react';

/** How often the progress of a review is asked for, in milliseconds. */
const INTERVAL = 2_000;

/** Reads again from time to time, while the page is visible and something is still going on. */
export function usePolling(isGoingOn: boolean, read: () => void): void {
  const latest = useRef(read);
  useEffect(() => {
    latest.current = read;
  });
  useEffect(() => {
    if (!isGoingOn) return;
    const timer = setInterval(() => document.visibilityState === 'visible' && latest.current(), INTERVAL);
    return () => clearInterval(timer);
  }, [isGoingOn]);
}
