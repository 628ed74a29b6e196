import type { ReactNode } from 'react';
import type { Audience } from '../../gql/graphql';
import { accessInput } from '../access/accessChoice';
import { AccessFormOpening } from '../access/AccessFormOpening';
import { AccessPreviewRegion } from '../access/AccessPreviewRegion';
import { AccessStep } from '../access/AccessStep';
import { type GivenAccess as Given, templateFor } from './givenAccess';
import { TemplateChoice } from './TemplateChoice';
import { TemplatePreview } from './TemplatePreview';

interface GivenAccessStepProps {
  audience: Audience;
  choice: Given;
  onChange: (change: Partial<Given>) => void;
  errors: Record<string, string[]>;
  /** Another number previews anew what was refused: the rules may have changed. */
  attempt?: number;
  /** The user who is edited, with what they have. */
  user?: { id: string; has: Given };
  /** What becomes of an access that isn't from a template: by default, what a new user will see. */
  preview?: ReactNode;
  /** The buttons. */
  children: ReactNode;
}

/** What users may do and see: by a template, or by permissions and accounts of their own. */
export function GivenAccessStep(props: GivenAccessStepProps) {
  // The page of a user who is edited has read it with them.
  if (props.user) return <GivenAccess {...props} />;
  return (
    <AccessFormOpening audience={props.audience} choice={props.choice} hasTemplates isAnew={Boolean(props.attempt)}>
      <GivenAccess {...props} />
    </AccessFormOpening>
  );
}

function GivenAccess({ audience, choice, onChange, errors, attempt = 0, user, preview, children }: GivenAccessStepProps) {
  const template = templateFor(audience, choice);
  const isNew = template !== null && template.id !== user?.has.template?.id;
  return (
    <AccessStep
      audience={audience}
      choice={choice}
      onChange={onChange}
      {...(user && { has: user.has })}
      errors={errors}
      head={<TemplateChoice audience={audience} template={template} onChange={(chosen) => onChange({ template: chosen })} messages={errors['template']} />}
      isChosen={template !== null}
      preview={
        isNew ? (
          <TemplatePreview
            key={`${template.id} ${attempt}`}
            id={template.id}
            user={user && { id: user.id, permissions: user.has.permissions }}
          />
        ) : (
          (preview ?? <AccessPreviewRegion key={attempt} input={accessInput(audience, choice)} />)
        )
      }
    >
      {children}
    </AccessStep>
  );
}
