import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { lazily } from '../lazily';
import { Button } from '../ui/Button';

const WhoCanSeeDialog = lazily(() => import('./WhoCanSeeDialog'), 'WhoCanSeeDialog');

/** Opens the list of the users who see something. Show it only to those who may review access. */
export function WhoCanSeeButton({ id, name }: { id: string; name: string }) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="quiet" aria-label={t`Who can see this? ${name}`} onPress={() => setOpen(true)}>
        <Trans>Who can see this?</Trans>
      </Button>
      {isOpen && <WhoCanSeeDialog id={id} name={name} onClose={() => setOpen(false)} />}
    </>
  );
}
