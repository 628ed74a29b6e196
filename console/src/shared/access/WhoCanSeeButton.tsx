import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '../ui/Button';
import { useAskedAccess } from './askedAccess';

/** Asks who can see something, in a dialog of the frame. Show it only to those who may review access. */
export function WhoCanSeeButton({ id, name }: { id: string; name: string }) {
  const { t } = useLingui();
  const { ask } = useAskedAccess();
  return (
    <Button variant="quiet" aria-label={t`Who can see this? ${name}`} onPress={() => ask({ on: id, action: 'VIEW', user: undefined })}>
      <Trans>Who can see this?</Trans>
    </Button>
  );
}
