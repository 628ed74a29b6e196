import { Trans, useLingui } from '@lingui/react/macro';
import type { Problem } from '../api/problem';
import { Button } from './Button';
import styles from './ProblemNotice.module.css';

/** Says in words why something could not be read or sent, with a way to try again. */
export function ProblemNotice({ problem, retry }: { problem: Problem; retry?: (() => void) | undefined }) {
  return (
    <div className={styles['notice']} role="alert">
      <div>
        <ProblemWords problem={problem} />
        {problem.requestId && (
          <p className={styles['request']}>
            <Trans>
              Request ID: <code>{problem.requestId}</code>
            </Trans>
          </p>
        )}
      </div>
      {problem.kind === 'version' ? (
        <Button onPress={() => location.reload()}>
          <Trans>Reload</Trans>
        </Button>
      ) : (
        retry && (
          <Button onPress={retry}>
            <Trans>Try again</Trans>
          </Button>
        )
      )}
    </div>
  );
}

/** What happened, and what helps. */
function ProblemWords({ problem: { kind, retryAfter } }: { problem: Problem }) {
  const { t } = useLingui();
  const [title, text] = {
    offline: [t`You are offline`, t`Check your connection. What you have typed is kept.`],
    unreachable: [t`The server can’t be reached`, t`It may be restarting. What you have typed is kept.`],
    timeout: [t`The server took too long`, t`Try again in a moment.`],
    busy: [t`Too many requests`, retryAfter ? t`Wait ${retryAfter} seconds, then try again.` : t`Wait a moment, then try again.`],
    unavailable: [t`The service is temporarily unavailable`, t`Try again in a moment. What you have typed is kept.`],
    version: [t`This page is out of date`, t`A new version has been installed. Reload the page to go on.`],
    failed: [t`Something went wrong`, t`Try again. If it keeps happening, give the request ID to your operator.`],
  }[kind];
  return (
    <>
      <p className={styles['title']}>{title}</p>
      <p>{text}</p>
    </>
  );
}
