import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '../ui/Button';
import { useAskedAccess } from './askedAccess';

interface WhoCanSeeButtonProps {
  id: string;
  name: string;
  variant?: 'small' | 'secondary';
}

/** Asks who can see something, in a dialog of the frame. Show it only to those who may review access. */
export function WhoCanSeeButton({ id, name, variant = 'small' }: WhoCanSeeButtonProps) {
  const { t } = useLingui();
  const { ask } = useAskedAccess();
  return (
    <Button variant={variant} aria-label={t`Who can see this? ${name}`} onPress={() => ask({ on: id, action: 'VIEW', user: undefined })}>
      <Trans>Who can see this?</Trans>
    </Button>
  );
}
