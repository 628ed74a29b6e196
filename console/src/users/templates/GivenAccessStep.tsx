import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import type { Audience } from '../../gql/graphql';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { accessInput } from '../access/accessChoice';
import { AccessPreviewRegion } from '../access/AccessPreviewRegion';
import { AccessStep } from '../access/AccessStep';
import { type GivenAccess, templateFor } from './givenAccess';
import { TemplateChoice } from './TemplateChoice';
import { useStoredTemplate } from './useStoredTemplate';

interface GivenAccessStepProps {
  audience: Audience;
  choice: GivenAccess;
  onChange: (change: Partial<GivenAccess>) => void;
  errors: Record<string, string[]>;
  /** Another number previews anew what was refused: the rules may have changed. */
  attempt?: number;
  /** The buttons. */
  children: ReactNode;
}

/** What new users may do and see: by a template, or by permissions and accounts of their own. */
export function GivenAccessStep({ audience, choice, onChange, errors, attempt = 0, children }: GivenAccessStepProps) {
  const template = templateFor(audience, choice);
  return (
    <AccessStep
      audience={audience}
      choice={choice}
      onChange={onChange}
      errors={errors}
      head={<TemplateChoice audience={audience} template={template} onChange={(chosen) => onChange({ template: chosen })} messages={errors['template']} />}
      isChosen={template !== null}
      preview={
        template ? (
          <TemplatePreview key={`${template.id} ${attempt}`} id={template.id} />
        ) : (
          <AccessPreviewRegion key={attempt} input={accessInput(audience, choice)} />
        )
      }
    >
      {children}
    </AccessStep>
  );
}

/** What a user will see who gets their access from a template. */
function TemplatePreview({ id }: { id: string }) {
  const { template, problem, retry } = useStoredTemplate(id);
  if (problem) return <ProblemNotice problem={problem} retry={retry} />;
  if (template === null) {
    return (
      <p role="status">
        <Trans>This template has been removed, or holds what you may not give.</Trans>
      </p>
    );
  }
  return <AccessPreviewRegion input={template && accessInput(template.form.audience, template.form)} />;
}
