import { Trans, useLingui } from '@lingui/react/macro';
import { graphql } from '../gql';
import { useViewer } from '../session/session';
import { useWrite } from '../shared/api/operations';
import { endViewAs, forgetViewAs } from '../shared/api/viewAs';
import { Button } from '../shared/ui/Button';
import styles from './ViewAsBanner.module.css';

const StopViewAs = graphql(`
  mutation StopViewAs($id: ID!) {
    stopViewAs(input: { id: $id }) {
      errors {
        code
      }
    }
  }
`);

/** Says on each page as whom the person views, why and until when. */
export function ViewAsBanner() {
  const { i18n, t } = useLingui();
  const { user, viewingAs } = useViewer();
  const { send, isSending } = useWrite(StopViewAs);
  if (!user || !viewingAs) return null;
  const time = i18n.date(new Date(viewingAs.endsAt), { timeStyle: 'short' });
  // If it can't be ended now, it ends by itself; the person sees their own pages again anyhow.
  const stop = async () => {
    forgetViewAs();
    await send({ id: user.id });
    endViewAs();
  };
  return (
    <section aria-label={t`View as another user`} className={styles['banner']}>
      <p>
        <strong>
          <Trans>You are viewing as {user.displayName} until {time}.</Trans>
        </strong>{' '}
        <Trans>Reason: {viewingAs.reason}</Trans>
      </p>
      <Button isPending={isSending} onPress={() => void stop()}>
        <Trans>Stop viewing</Trans>
      </Button>
    </section>
  );
}
