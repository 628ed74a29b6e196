import { Trans, useLingui } from '@lingui/react/macro';
import { baseUrl } from '../shared/configuration';
import { Button } from '../shared/ui/Button';
import { CopyField } from '../shared/ui/CopyField';
import { Actions, Dialog } from '../shared/ui/Dialog';
import { testCommand } from './testCommand';

interface SecretShownProps {
  name: string;
  clientId: string;
  secret: string;
  onClose: () => void;
}

/** A new secret, which the server shows this once. The dialog stays until its button is pressed. */
export function SecretShown({ name, clientId, secret, onClose }: SecretShownProps) {
  const { t } = useLingui();
  return (
    <Dialog title={t`The secret of ${name}`}>
      <p>
        <strong>
          <Trans>You see this secret only now.</Trans>
        </strong>{' '}
        <Trans>Store it where the program reads it. If it gets lost, add a new one.</Trans>
      </p>
      <CopyField label={t`Client ID`} value={clientId} />
      <CopyField label={t`Secret`} value={secret} />
      <CopyField label={t`Test`} value={testCommand(baseUrl, clientId, secret)} />
      <p>
        <Trans>The test asks for an access token, and then for what the program may do. Run it in a terminal.</Trans>
      </p>
      <Actions>
        <Button variant="primary" onPress={onClose}>
          <Trans>I have stored it</Trans>
        </Button>
      </Actions>
    </Dialog>
  );
}
