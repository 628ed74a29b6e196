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
