import { Trans, useLingui } from '@lingui/react/macro';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { Suspense, useEffect, useRef, useState } from 'react';
import { Provider } from 'urql';
import { useIsProofAsked, useIsSignedIn, useSession, useSessionHasEnded, useViewer } from '../session/session';
import type { Problem } from '../shared/api/problem';
import { useAskedAccess } from '../shared/access/askedAccess';
import { useAskedChange } from '../shared/whatIf/askedChange';
import { useAskedPast } from '../shared/access/past/askedPast';
import { viewedUser } from '../shared/api/viewAs';
import { lazily, whenIdle } from '../shared/lazily';
import { Button } from '../shared/ui/Button';
import { Icon } from '../shared/ui/Icon';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { LeftMenu } from './LeftMenu';
import { Preferences } from './Preferences';
import { Wordmark } from './Wordmark';
import styles from './Frame.module.css';

const SessionEndedDialog = lazily(() => import('../session/SessionEndedDialog'), 'SessionEndedDialog');
const ReauthenticationDialog = lazily(() => import('../session/ReauthenticationDialog'), 'ReauthenticationDialog');
const ViewAsBanner = lazily(() => import('./ViewAsBanner'), 'ViewAsBanner');
const WhatIfDialog = lazily(() => import('../shared/whatIf/WhatIfDialog'), 'WhatIfDialog');
const WhoCanDialog = lazily(() => import('../shared/access/WhoCanDialog'), 'WhoCanDialog');
const WhoHadAccessDialog = lazily(() => import('../shared/access/past/WhoHadAccessDialog'), 'WhoHadAccessDialog');

/** What surrounds every page of somebody who is signed in: the left menu, and the dialog for an ended session. */
export function Frame() {
  const { t } = useLingui();
  const session = useSession();
  const pathname = useRouterState({ select: ({ location }) => location.pathname });
  const [openOn, setOpenOn] = useState<string | null>(null);
  // Following a link closes the menu of a narrow screen.
  const isMenuOpen = openOn === pathname;
  const { asked, ask } = useAskedAccess();
  const whatIf = useAskedChange();
  const { askedPast, askPast } = useAskedPast();
  const hasEnded = useSessionHasEnded();
  const isProofAsked = useIsProofAsked();
  useFocusOnNewPage(pathname);
  // When the session ends, the server may be of another version and have no such file any more.
  useEffect(() => whenIdle(SessionEndedDialog.preload), []);
  // After signing out, until the sign-in page is there.
  if (!useIsSignedIn()) return null;
  return (
    <Provider value={session.client}>
      <a className={styles['skip']} href="#content" onClick={skip}>
        <Trans>Skip to the content</Trans>
      </a>
      <div className={styles['frame']}>
        <header className={styles['bar']}>
          <Wordmark />
          <Button
            variant="quiet"
            className={styles['toggle']}
            aria-label={t`Menu`}
            aria-expanded={isMenuOpen}
            onPress={() => setOpenOn(isMenuOpen ? null : pathname)}
          >
            <Icon name={isMenuOpen ? 'close' : 'menu'} size={22} />
          </Button>
        </header>
        <div className={`${styles['side']} ${isMenuOpen ? styles['open'] : ''}`}>
          <LeftMenu />
          <Account />
        </div>
        <main id="content" className={styles['content']} tabIndex={-1}>
          <Suspense>
            {viewedUser() !== null && <ViewAsBanner />}
            <Outlet />
          </Suspense>
        </main>
      </div>
      {whatIf.asked && (
        <WhatIfDialog key={whatIf.asked.on} asked={whatIf.asked} onAsk={whatIf.ask} onClose={() => whatIf.ask(null)} />
      )}
      {asked && <WhoCanDialog key={asked.on} asked={asked} onAsk={ask} onClose={() => ask(null)} />}
      {askedPast && <WhoHadAccessDialog key={askedPast.on} asked={askedPast} onAsk={askPast} onClose={() => askPast(null)} />}
      {isProofAsked && <ReauthenticationDialog />}
      {hasEnded && <SessionEndedDialog />}
    </Provider>
  );
}

/** The `<base>` element would turn a bare `#content` into another address. */
function skip(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}

/** Moves the focus to a page that has been opened by a link, so that a screen reader begins there. */
function useFocusOnNewPage(pathname: string): void {
  const former = useRef(pathname);
  useEffect(() => {
    if (former.current === pathname) return;
    former.current = pathname;
    document.getElementById('content')?.focus({ preventScroll: true });
  }, [pathname]);
}

/** Who is signed in, with the switches and the way out. */
function Account() {
  const session = useSession();
  const navigate = useNavigate();
  const { t } = useLingui();
  const { user, organization } = useViewer();
  const [problem, setProblem] = useState<Problem | null>(null);
  const signOut = async () => {
    const failed = await session.signOut();
    setProblem(failed);
    // The session is over: nobody can stay.
    if (!failed) await navigate({ to: '/sign-in', ignoreBlocker: true });
  };
  return (
    <section aria-label={t`Account`} className={styles['account']}>
      <p className={styles['who']}>
        <strong>{user?.displayName}</strong>
        <span>{organization?.name}</span>
        <span>{user?.email}</span>
      </p>
      <Link to="/account" className={styles['own']}>
        <Trans>My account</Trans>
      </Link>
      {problem && <ProblemNotice problem={problem} />}
      <Button onPress={() => void signOut()}>
        <Trans>Sign out</Trans>
      </Button>
      <Preferences />
      <a className={styles['licences']} href="licences.txt">
        <Trans>Licences</Trans>
      </a>
    </section>
  );
}

