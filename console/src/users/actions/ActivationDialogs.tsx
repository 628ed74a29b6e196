import { Trans, useLingui } from '@lingui/react/macro';
import { graphql } from '../../gql';
import { useAction } from '../../shared/api/useAction';
import { ActionDialog } from '../../shared/ui/ActionDialog';
import type { MenuUser } from './menuUser';

graphql(`
  fragment MailedUser on User {
    id
    status
    activation {
      mail
    }
    viewerCan
  }
`);

const Resend = graphql(`
  mutation ResendActivation($id: ID!) {
    resendActivation(input: { id: $id }) {
      user {
        ...MailedUser
      }
      errors {
        code
        message
      }
    }
  }
`);

const Restore = graphql(`
  mutation RestoreUser($id: ID!) {
    restoreUser(input: { id: $id }) {
      user {
        ...MailedUser
      }
      errors {
        code
        message
      }
    }
  }
`);

interface ActivationDialogProps {
  user: MenuUser;
  onClose: () => void;
}

/** Sends a user a new activation email. */
export function ResendDialog({ user, onClose }: ActivationDialogProps) {
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

/** Restores a removed user, who gets an activation email, too. */
export function RestoreDialog({ user, onClose }: ActivationDialogProps) {
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
