import { Trans, useLingui } from '@lingui/react/macro';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { NotFoundPage } from '../../frame/FailedPage';
import type { Audience } from '../../gql/graphql';
import { useViewer } from '../../session/session';
import { alreadyRead, type OpenedPart, openedPart, OpenedParts } from '../../shared/api/opening';
import { lazily } from '../../shared/lazily';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { Skeleton } from '../../shared/ui/Skeleton';
import { useTitle } from '../../shared/useTitle';
import { accessInput } from '../access/accessChoice';
import { AccessFormOpening, nothingSearched } from '../access/AccessFormOpening';
import { AccessOffer, PreviewedAccess } from '../access/queries';
import type { StoredTemplate } from './readTemplate';
import { emptyTemplate } from './templateForm';
import styles from './templates.module.css';
import { TemplateSections } from './TemplateSections';
import { useStoredTemplate } from './useStoredTemplate';
import { useTemplateForm } from './useTemplateForm';
import { useTemplateCreation, useTemplateUpdate } from './useTemplateSave';

const ChangedUsersDialog = lazily(() => import('./ChangedUsersDialog'), 'ChangedUsersDialog');

/** Creates a template. */
export function NewTemplatePage() {
  const { t } = useLingui();
  const offered = useViewer().assignable?.audiences ?? [];
  const audience = offered.includes('ORGANIZATION') ? 'ORGANIZATION' : offered[0];
  useTitle(t`New template`);
  if (!audience) return <NotFoundPage />;
  return (
    <div className={styles['page']}>
      <h1>
        <Trans>New template</Trans>
      </h1>
      <NewTemplate audience={audience} />
    </div>
  );
}

function NewTemplate({ audience }: { audience: Audience }) {
  const open = useList();
  const [empty] = useState(() => emptyTemplate(audience));
  const { form, change, isChanged } = useTemplateForm('new', { version: 0, form: empty });
  const { save, ...sending } = useTemplateCreation(form, open);
  return (
    <AccessFormOpening audience={form.audience} choice={form} hasTemplates={false} isAnew={sending.messages.codes.length > 0}>
      <TemplateSections form={form} change={change} isChanged={isChanged} {...sending} onSave={save} />
    </AccessFormOpening>
  );
}

/** Changes a template, and the access of its users. */
export function EditTemplatePage() {
  const { t } = useLingui();
  const { id = '' } = useParams({ strict: false });
  const { template, problem, retry } = useStoredTemplate(id, { isOpening: true });
  const name = template?.form.name ?? '';
  useTitle(template ? t`Edit ${name}` : t`Template`);
  if (template === null || template?.mayUpdate === false || problem?.argument === 'id') return <NotFoundPage />;
  return (
    <div className={styles['page']}>
      <h1>{template ? <Trans>Edit {name}</Trans> : <Trans>Template</Trans>}</h1>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {template && <EditTemplate key={`${template.id} ${template.version}`} stored={template} onReload={retry} />}
      {!template && !problem && <Skeleton width={0.4} />}
    </div>
  );
}

function EditTemplate({ stored, onReload }: { stored: StoredTemplate; onReload: () => void }) {
  const open = useList();
  const { form, version, change, isChanged, forget } = useTemplateForm(stored.id, stored);
  const { check, apply, back, outcome, isSending, messages, problem } = useTemplateUpdate(stored.id, version, form, open);
  return (
    <OpenedParts value={openedParts(stored, messages.codes.length > 0)}>
      <TemplateSections
        form={form}
        change={change}
        isChanged={isChanged}
        has={stored.form}
        messages={messages}
        problem={outcome ? null : problem}
        isSending={isSending}
        onSave={check}
        onReload={() => {
          forget();
          onReload();
        }}
      />
      {outcome && (
        <ChangedUsersDialog name={stored.form.name} outcome={outcome} problem={problem} isSending={isSending} onApply={apply} onClose={back} />
      )}
    </OpenedParts>
  );
}

/** What has been read with the template. `isAnew` is whether what is chosen is previewed anew, because it was refused. */
function openedParts({ form, opening }: StoredTemplate, isAnew: boolean): OpenedPart[] {
  if (!opening) return [];
  const read = alreadyRead({ ...opening, __typename: 'Query' as const });
  const offer = openedPart(AccessOffer, nothingSearched, read);
  return isAnew ? [offer] : [offer, openedPart(PreviewedAccess, { input: accessInput(form.audience, form) }, read)];
}

/** Returns what leads back to the list once something is saved. */
function useList() {
  const navigate = useNavigate();
  return () => void navigate({ to: '/users/templates', ignoreBlocker: true });
}
