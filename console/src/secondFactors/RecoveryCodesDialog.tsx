import { useLingui } from '@lingui/react/macro';
import { Dialog } from '../shared/ui/Dialog';
import { RecoveryCodes } from './RecoveryCodes';

/** New recovery codes, over the page. It can't be dismissed: they are shown this once. */
export function RecoveryCodesDialog({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const { t } = useLingui();
  return (
    <Dialog title={t`Your recovery codes`}>
      <RecoveryCodes codes={codes} onDone={onDone} />
    </Dialog>
  );
}
