import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import type { Problem } from '../../shared/api/problem';
import { readTemplate, type StoredTemplate } from './readTemplate';

interface TemplateRead {
  /** Undefined until it is read; null if there is none that the viewer sees. */
  template: StoredTemplate | null | undefined;
  problem: Problem | null;
  retry: () => void;
}

/** Reads a template once. `isOpening` is whether its form is about to open. */
export function useStoredTemplate(id: string, { isOpening = false } = {}): TemplateRead {
  const client = useClient();
  const [attempt, setAttempt] = useState(0);
  const [read, setRead] = useState<Omit<TemplateRead, 'retry'>>({ template: undefined, problem: null });
  useEffect(() => {
    let isWanted = true;
    void readTemplate(client, id, { isOpening }).then((outcome) => {
      if (isWanted) setRead(outcome);
    });
    return () => {
      isWanted = false;
    };
  }, [client, id, attempt, isOpening]);
  return { ...read, retry: () => setAttempt((last) => last + 1) };
}
