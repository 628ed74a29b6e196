import { useEffect } from 'react';

/** Gives the tab the title of the page. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Portico`;
  }, [title]);
}
