import { useState } from 'react';
import { Wordmark } from '../frame/Wordmark';
import { readConfiguration } from '../shared/configuration';
import styles from './Bar.module.css';
import { useSignedIn } from './useSignedIn';

/** Who is signed in, and the ways to change it. GraphiQL is in English, and so is the page around it. */
export function Bar() {
  const { viewer, session, refresh } = useSignedIn();
  const [notice, setNotice] = useState('');
  const signOut = async () => {
    setNotice((await session.signOut()) ? 'Signing out has failed. Try again.' : '');
    refresh();
  };
  const signIn = async (email: string, password: string) => {
    const failure = await session.signIn(email, password);
    setNotice(failure ? ('errors' in failure ? failure.errors.map(({ message }) => message).join(' ') : 'Signing in has failed. Try again.') : '');
    refresh();
  };
  return (
    <header className={styles['bar']}>
      <h1>
        <Wordmark />
        <span className="visually-hidden"> GraphiQL</span>
      </h1>
      {viewer && (
        <p>
          Signed in as <strong>{viewer.user?.email ?? 'a program'}</strong>{' '}
          <button type="button" onClick={() => void signOut()}>
            Sign out
          </button>
        </p>
      )}
      {viewer === null && (
        <p>
          Not signed in. <a href="./sign-in" target="_blank" rel="noreferrer">Sign in</a> in another tab.
        </p>
      )}
      <p role="status">{notice}</p>
      <p className={styles['hint']}>
        <kbd>Esc</kbd>, then <kbd>Tab</kbd> leaves an editor
      </p>
      <a href="./">Console</a>
      {viewer === null && <DemoUsers signIn={signIn} />}
    </header>
  );
}

/** The users of the example data, one click away. */
function DemoUsers({ signIn }: { signIn: (email: string, password: string) => Promise<void> }) {
  const [users] = useState(() => readConfiguration().demoUsers);
  if (users.length === 0) return null;
  return (
    <div className={styles['demo']}>
      <span>Sign in as a demo user:</span>
      <ul aria-label="Demo users">
        {users.map(({ email, password, about }) => (
          <li key={email}>
            <button type="button" title={about} onClick={() => void signIn(email, password)}>
              {email}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
