import { Trans } from '@lingui/react/macro';
import type { AccessPreviewInput, Permission } from '../gql/graphql';
import { errorText } from '../shared/api/errorWords';
import { useRead } from '../shared/api/operations';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { Skeleton } from '../shared/ui/Skeleton';
import { AccessSummary } from '../users/actions/AccessSummary';
import { ApprovalGains } from './requestsQuery';

interface GainsProps {
  input: AccessPreviewInput;
  /** The permissions among them. */
  permissions: readonly Permission[];
}

/** What the requester gets, and sees in addition, by the policy itself. */
export function Gains({ input, permissions }: GainsProps) {
  const { data, problem, retry } = useRead(ApprovalGains, { input });
  const preview = data?.accessPreview;
  return (
    <section aria-live="polite">
      <p>
        <Trans>They gain:</Trans>
      </p>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {!preview && !problem && <Skeleton />}
      {preview?.errors.map((error) => (
        <p key={error.code} role="alert">
          {errorText(error)}
        </p>
      ))}
      {preview?.gains && <AccessSummary view={preview.gains} permissions={permissions} isChange />}
    </section>
  );
}
