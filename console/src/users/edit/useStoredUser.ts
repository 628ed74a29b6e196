import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import type { Problem } from '../../shared/api/problem';
import { readUser, type StoredUser } from './readUser';

interface StoredUserRead {
  /** Undefined until it is read; null if there is none that the viewer sees. */
  user: StoredUser | null | undefined;
  problem: Problem | null;
  retry: () => void;
}

/** Reads a user once: what is typed afterwards belongs to this version of them. `mayUpdate` is whether the viewer is
 *  known to be allowed to update them, before they are read. */
export function useStoredUser(id: string, mayUpdate: boolean): StoredUserRead {
  const client = useClient();
  const [attempt, setAttempt] = useState(0);
  const [read, setRead] = useState<{ user: StoredUser | null | undefined; problem: Problem | null }>({ user: undefined, problem: null });
  useEffect(() => {
    let isWanted = true;
    void readUser(client, id, { isOpening: true, mayUpdate }).then(({ user, problem }) => {
      if (isWanted) setRead({ user: problem ? undefined : user, problem });
    });
    return () => {
      isWanted = false;
    };
  }, [client, id, mayUpdate, attempt]);
  return { ...read, retry: () => setAttempt((last) => last + 1) };
}
