import { Trans, useLingui } from '@lingui/react/macro';
import { useNavigate } from '@tanstack/react-router';
import type { ErrorCode } from '../../gql/graphql';
import type { Problem } from '../../shared/api/problem';
import { Button } from '../../shared/ui/Button';
import { Form } from '../../shared/ui/Form';
import { LeaveDialog } from '../../shared/ui/LeaveDialog';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { TextField } from '../../shared/ui/TextField';
import { accessInput } from '../access/accessChoice';
import { AccessPreviewRegion } from '../access/AccessPreviewRegion';
import { AccessStep } from '../access/AccessStep';
import { AudienceChoice } from '../access/AudienceChoice';
import { Messages, NotAssignable } from '../access/Messages';
import type { TemplateForm } from './templateForm';
import styles from './templates.module.css';

interface TemplateSectionsProps {
  form: TemplateForm;
  change: (part: Partial<TemplateForm>) => void;
  isChanged: boolean;
  /** What was saved, if it is edited. */
  has?: TemplateForm;
  messages: { codes: readonly ErrorCode[]; fields: Record<string, string[]>; access: Record<string, string[]> };
  problem: Problem | null;
  isSending: boolean;
  onSave: () => void;
  /** Discards the form for what somebody else has saved meanwhile. */
  onReload?: () => void;
}

/** The form of a template: its name, and what it gives. */
export function TemplateSections({ form, change, isChanged, has, messages, problem, isSending, onSave, onReload }: TemplateSectionsProps) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const save = () => {
    if (!isSending) onSave();
  };
  return (
    <>
      <LeaveDialog isUnsaved={isChanged} />
      <Form className={styles['step']} errors={messages.fields} onSubmit={save}>
        <TextField name="name" label={t`Name`} value={form.name} onChange={(name) => change({ name })} maxLength={200} autoComplete="off" autoFocus={!has} />
        <AudienceChoice has={has?.audience} audience={form.audience} onChange={(audience) => change({ audience })} />
      </Form>
      <AccessStep
        audience={form.audience}
        choice={form}
        onChange={change}
        has={has}
        hasEnds={false}
        errors={messages.access}
        // What was refused is previewed anew: the rules may have changed.
        preview={<AccessPreviewRegion key={messages.codes.length} input={accessInput(form.audience, form)} />}
      >
        <Messages messages={[...(messages.fields['id'] ?? []), ...(messages.fields['version'] ?? [])]} />
        {onReload && messages.codes.includes('STALE') && (
          <Button onPress={onReload}>
            <Trans>Discard my changes and show the newest</Trans>
          </Button>
        )}
        <NotAssignable codes={messages.codes} />
        {problem && <ProblemNotice problem={problem} retry={save} />}
        <Button onPress={() => void navigate({ to: '/users/templates' })}>
          <Trans>Cancel</Trans>
        </Button>
        <Button variant="primary" isPending={isSending} onPress={save}>
          <Trans>Save</Trans>
        </Button>
      </AccessStep>
    </>
  );
}
