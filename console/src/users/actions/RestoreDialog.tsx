import { Trans, useLingui } from '@lingui/react/macro';
import { graphql } from '../../gql';
import { ActionDialog } from '../../shared/ui/ActionDialog';
import { useAction } from '../../shared/api/useAction';
import type { MenuUser } from './UserMenu';

const Restore = graphql(`
  mutation RestoreUser($id: ID!) {
    restoreUser(input: { id: $id }) {
      user {
        id
        status
        activation {
          mail
        }
        viewerCan
      }
      errors {
        code
        message
      }
    }
  }
`);

export function RestoreDialog({ user, onClose }: { user: MenuUser; onClose: () => void }) {
  const { t } = useLingui();
  const action = useAction(Restore, { id: user.id }, (data) => data.restoreUser, onClose);
  return (
    <ActionDialog title={t`Restore ${user.displayName}?`} confirm={t`Restore`} action={action} onClose={onClose}>
      <p>
        <Trans>They get an activation email at {user.email}, and have their former access again when they have set a new password.</Trans>
      </p>
    </ActionDialog>
  );
}
