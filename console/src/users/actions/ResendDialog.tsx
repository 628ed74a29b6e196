import { Trans, useLingui } from '@lingui/react/macro';
import { graphql } from '../../gql';
import { ActionDialog } from '../../shared/ui/ActionDialog';
import { useAction } from '../../shared/api/useAction';
import type { MenuUser } from './UserMenu';

const Resend = graphql(`
  mutation ResendActivation($id: ID!) {
    resendActivation(input: { id: $id }) {
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

export function ResendDialog({ user, onClose }: { user: MenuUser; onClose: () => void }) {
  const { t } = useLingui();
  const action = useAction(Resend, { id: user.id }, (data) => data.resendActivation, onClose);
  return (
    <ActionDialog title={t`Send ${user.displayName} a new activation email?`} confirm={t`Send`} action={action} onClose={onClose}>
      <p>
        <Trans>It goes to {user.email}. The new link is good for 7 days, and the old one stops working.</Trans>
      </p>
    </ActionDialog>
  );
}
