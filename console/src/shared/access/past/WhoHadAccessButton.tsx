import { Trans } from '@lingui/react/macro';
import { Button } from '../../ui/Button';
import { useAskedPast } from './askedPast';

/** Asks who had access to an account or service earlier, in a dialog of the frame. */
export function WhoHadAccessButton({ on }: { on: string }) {
  const { askPast } = useAskedPast();
  return (
    <Button variant="quiet" onPress={() => askPast({ on, at: undefined, list: 'users' })}>
      <Trans>Who had access earlier?</Trans>
    </Button>
  );
}
