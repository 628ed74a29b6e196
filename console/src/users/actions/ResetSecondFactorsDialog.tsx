import { Trans, useLingui } from '@lingui/react/macro';
import { graphql } from '../../gql';
import { useAction } from '../../shared/api/useAction';
import { ActionDialog } from '../../shared/ui/ActionDialog';
import type { MenuUser } from './menuUser';

const ResetSecondFactors = graphql(`
  mutation ResetSecondFactors($id: ID!) {
    resetSecondFactors(input: { id: $id }) {
      user {
        id
        hasSecondFactor
      }
      errors {
        code
        message
      }
    }
  }
`);

/** Deletes the second factors of a user who has lost them. */
export function ResetSecondFactorsDialog({ user, onClose }: { user: MenuUser; onClose: () => void }) {
  const { t } = useLingui();
  const action = useAction(ResetSecondFactors, { id: user.id }, (data) => data.resetSecondFactors, onClose);
  const name = user.displayName;
  return (
    <ActionDialog title={t`Reset the second factors of ${name}?`} confirm={t`Reset second factors`} action={action} isDangerous onClose={onClose}>
      <p>
        <Trans>
          They are signed out everywhere, and are told by email. Whoever knows their password can sign in until they set up a new second
          factor: make sure that it is {name} who asks you.
        </Trans>
      </p>
    </ActionDialog>
  );
}
