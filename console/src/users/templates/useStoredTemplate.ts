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

/** Reads a template once. */
export function useStoredTemplate(id: string): TemplateRead {
  const client = useClient();
  const [attempt, setAttempt] = useState(0);
  const [read, setRead] = useState<Omit<TemplateRead, 'retry'>>({ template: undefined, problem: null });
  useEffect(() => {
    let isWanted = true;
    void readTemplate(client, id).then((outcome) => {
      if (isWanted) setRead(outcome);
    });
    return () => {
      isWanted = false;
    };
  }, [client, id, attempt]);
  return { ...read, retry: () => setAttempt((last) => last + 1) };
}
