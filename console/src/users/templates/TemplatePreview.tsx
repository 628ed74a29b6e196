import { Trans } from '@lingui/react/macro';
import type { Permission } from '../../gql/graphql';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { AccessChangeRegion, AccessPreviewRegion } from '../access/AccessPreviewRegion';
import { templateAccess } from './templateForm';
import { useStoredTemplate } from './useStoredTemplate';

interface TemplatePreviewProps {
  /** The id of the template. */
  id: string;
  /** The user who gets it instead of what they have; a new user without. */
  user?: { id: string; permissions: readonly Permission[] } | undefined;
}

/** What a user will see who gets their access from a template, and what they gain and lose by it. */
export function TemplatePreview({ id, user }: TemplatePreviewProps) {
  const { template, problem, retry } = useStoredTemplate(id);
  if (problem) return <ProblemNotice problem={problem} retry={retry} />;
  if (template === null) {
    return (
      <p role="status">
        <Trans>This template has been removed, or holds what you may not give.</Trans>
      </p>
    );
  }
  const access = template && templateAccess(template.form);
  if (!user) return <AccessPreviewRegion input={access} permissions={access?.permissions} />;
  return <AccessChangeRegion input={access && { user: user.id, ...access }} before={user.permissions} after={access?.permissions ?? user.permissions} />;
}
