import { useCallback, useEffect, useState } from 'react';
import { Session, type SessionViewer } from '../session/session';

interface SignedIn {
  /** Who is signed in; null: nobody; undefined: not known. */
  viewer: SessionViewer | null | undefined;
  session: Session;
  /** Asks the server again. */
  refresh: () => void;
}

/** Who is signed in, in this browser: asked again whenever the person comes back to the page, because they sign in and
 *  out in the console. */
export function useSignedIn(): SignedIn {
  const [session, setSession] = useState(() => new Session());
  const refresh = useCallback(() => {
    const next = new Session();
    void next.load().catch(() => null).then(() => setSession(next));
  }, []);
  useEffect(() => {
    refresh();
    window.addEventListener('focus', refresh);
    return () => window.removeEventListener('focus', refresh);
  }, [refresh]);
  return { viewer: session.viewer, session, refresh };
}
