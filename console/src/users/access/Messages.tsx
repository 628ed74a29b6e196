import { useLingui } from '@lingui/react/macro';
import type { ErrorCode } from '../../gql/graphql';
import styles from './access.module.css';

/** What the server says against a choice, at its place. */
export function Messages({ id, messages }: { id?: string; messages: readonly string[] | undefined }) {
  if (!messages?.length) return null;
  return (
    <div role="alert" id={id} className={styles['message']}>
      {messages.map((message) => (
        <p key={message}>{message}</p>
      ))}
    </div>
  );
}

/** Says beside *Save* that something chosen can't be given, though it could when it was chosen: the rules, or what this
 *  admin has, have changed since. The messages about it stand at their places, which may be out of sight. */
export function NotAssignable({ codes }: { codes: readonly ErrorCode[] }) {
  const { t } = useLingui();
  return <Messages messages={codes.includes('NOT_ASSIGNABLE') ? [t`Not saved: what you may give has changed. The messages above say what you can’t give.`] : undefined} />;
}
