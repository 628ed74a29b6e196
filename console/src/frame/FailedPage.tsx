import { Trans } from '@lingui/react/macro';
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { CombinedError } from 'urql';
import { problemOf } from '../shared/api/problem';
import { Button } from '../shared/ui/Button';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { useMissingFile } from '../shared/ui/MissingFile';
import { isMissingFile } from '../shared/version';
import styles from './FailedPage.module.css';

/** Shown in the place of a page that could not be opened, or that failed. */
export function FailedPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const missing = useMissingFile();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  if (error instanceof CombinedError) {
    return (
      <div className={styles['page']}>
        <ProblemNotice problem={problemOf(error)} retry={retry} />
      </div>
    );
  }
  if (isMissingFile(error)) {
    return (
      <div className={styles['page']}>
        {/* A browser doesn't ask again for a script that it could not load. */}
        <ProblemNotice problem={missing} retry={() => location.reload()} />
      </div>
    );
  }
  return (
    <div className={styles['page']} role="alert">
      <h1>
        <Trans>This page has failed</Trans>
      </h1>
      <p>
        <Trans>The other pages still work. Reload this one, or tell your operator what you were doing.</Trans>
      </p>
      <p className={styles['detail']}>
        <code>{error instanceof Error ? error.message : String(error)}</code>
      </p>
      <Button onPress={() => location.reload()}>
        <Trans>Reload</Trans>
      </Button>
    </div>
  );
}

export function NotFoundPage() {
  return (
    <div className={styles['page']}>
      <h1>
        <Trans>Page not found</Trans>
      </h1>
      <p>
        <Trans>There is nothing at this address that you can see.</Trans>
      </p>
      <p>
        <Link to="/">
          <Trans>Go to the start page</Trans>
        </Link>
      </p>
    </div>
  );
}
