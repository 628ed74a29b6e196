import { Trans, useLingui } from '@lingui/react/macro';
import { graphql } from '../../gql';
import { errorText } from '../../shared/api/errorWords';
import { useRead } from '../../shared/api/operations';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { Skeleton } from '../../shared/ui/Skeleton';
import { AccessSummary } from './AccessSummary';
import { ActionDialog } from '../../shared/ui/ActionDialog';
import { useAction } from '../../shared/api/useAction';
import type { MenuUser } from './menuUser';

const Losses = graphql(`
  query RemovalLosses($input: AccessPreviewInput!) {
    accessPreview(input: $input) {
      errors {
        code
        message
      }
      loses {
        ...AccessSummary
      }
    }
  }
`);

const Remove = graphql(`
  mutation RemoveUser($id: ID!) {
    removeUser(input: { id: $id }) {
      user {
        id
        status
        viewerCan
      }
      errors {
        code
        message
      }
    }
  }
`);

/** Says what a removal takes away, before it is done. */
export function RemoveDialog({ user, onClose }: { user: MenuUser; onClose: () => void }) {
  const { t } = useLingui();
  const { data, problem, retry } = useRead(Losses, { input: { user: user.id, remove: true } });
  const action = useAction(Remove, { id: user.id }, (removed) => removed.removeUser, onClose);
  const preview = data?.accessPreview;
  return (
    <ActionDialog title={t`Remove ${user.displayName}?`} confirm={t`Remove`} action={action} isDangerous onClose={onClose}>
      <p>
        <Trans>
          {user.email} is signed out at once, and their API clients stop working. The contact record is kept, so that you can restore them.
        </Trans>
      </p>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {action.errors.length === 0 && preview?.errors.map((error) => (
        <p key={error.code} role="alert">
          {errorText(error)}
        </p>
      ))}
      {preview?.loses && (
        <>
          <p>
            <Trans>They lose:</Trans>
          </p>
          <AccessSummary view={preview.loses} isChange />
        </>
      )}
      {!preview && !problem && <Skeleton />}
    </ActionDialog>
  );
}
