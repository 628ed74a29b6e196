import { Trans, useLingui } from '@lingui/react/macro';
import { Link, useLocation, useNavigate, useParams } from '@tanstack/react-router';
import { NotFoundPage } from '../../frame/FailedPage';
import { alreadyRead, type OpenedPart, openedPart, OpenedParts } from '../../shared/api/opening';
import { Button } from '../../shared/ui/Button';
import { Form } from '../../shared/ui/Form';
import { LeaveDialog } from '../../shared/ui/LeaveDialog';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { Skeleton } from '../../shared/ui/Skeleton';
import { useTitle } from '../../shared/useTitle';
import { nothingSearched } from '../access/AccessFormOpening';
import { AccessChangeRegion } from '../access/AccessPreviewRegion';
import { AudienceChoice } from '../access/AudienceChoice';
import { Messages, NotAssignable } from '../access/Messages';
import { AccessOffer, ChangedAccess } from '../access/queries';
import { KindChoice, PersonFields } from '../person/PersonFields';
import { TemplateOffer } from '../templates/formQueries';
import { templateFor } from '../templates/givenAccess';
import { GivenAccessStep } from '../templates/GivenAccessStep';
import styles from './EditUserPage.module.css';
import type { StoredUser } from './readUser';
import { accessChanges } from './userForm';
import { useStoredUser } from './useStoredUser';
import { useUserEdit } from './useUserEdit';
import { VersionComparison } from './VersionComparison';

/** Changes a user's details and access. */
export function EditUserPage() {
  const { t } = useLingui();
  const { id = '' } = useParams({ strict: false });
  // Known from where the page is opened, but not by a link, such as that of a mail.
  const mayUpdate = useLocation({ select: ({ state }) => state.mayUpdate === true });
  const { user, problem, retry } = useStoredUser(id, mayUpdate);
  useTitle(user ? t`Edit ${user.displayName}` : t`User`);
  if (user === null || problem?.argument === 'id') return <NotFoundPage />;
  return (
    <div className={styles['page']}>
      <h1>{user ? <Trans>Edit {user.displayName}</Trans> : <Trans>User</Trans>}</h1>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {user?.mayUpdate && <UserFormSections key={user.id} stored={user} />}
      {user && !user.mayUpdate && (
        <p>
          <Trans>
            You can't edit this user. They may have access that you don't have or don't see. Ask an admin who has all of it.{' '}
            <Link to="/users/$id" params={{ id }}>
              Back to the user
            </Link>
          </Trans>
        </p>
      )}
      {!user && !problem && <Skeleton width={0.4} />}
    </div>
  );
}

function UserFormSections({ stored }: { stored: StoredUser }) {
  const navigate = useNavigate();
  const open = (options?: { ignoreBlocker: boolean }) => void navigate({ to: '/users/$id', params: { id: stored.id }, ...options });
  const edit = useUserEdit(stored, () => open({ ignoreBlocker: true }));
  const { base, form, change, isChanged, theirs, takeOverTheirs, keepMine, messages, problem, save, isSaving } = edit;
  const isFreed = base.form.template !== null && form.template === null && !isChanged;
  // A template that they have already changes nothing, whatever was chosen before it.
  const isFromTemplate = templateFor(form.audience, form) !== null;
  const preview = { user: base.id, ...(isFromTemplate ? {} : accessChanges(base.form, form)) };
  return (
    <OpenedParts value={openedParts(stored, messages.codes.length > 0)}>
      <LeaveDialog isUnsaved={isChanged} />
      {theirs && <VersionComparison base={base.form} mine={form} theirs={theirs} onTakeOver={takeOverTheirs} onKeep={keepMine} />}
      <Form className={styles['step']} errors={messages.personal} onSubmit={save}>
        <h2>
          <Trans>Personal information</Trans>
        </h2>
        <KindChoice kind={form.kind} onChange={(kind) => change({ kind })} />
        <PersonFields person={form} onChange={change} />
        <AudienceChoice has={base.form.audience} audience={form.audience} onChange={(audience) => change({ audience })} />
        <Messages messages={messages.personal['country']} />
      </Form>
      <GivenAccessStep
        audience={form.audience}
        choice={form}
        onChange={change}
        errors={messages.access}
        attempt={messages.codes.length}
        user={{ id: base.id, has: base.form }}
        preview={
          <AccessChangeRegion
            key={messages.codes.length}
            input={preview}
            before={base.form.permissions}
            after={isFromTemplate ? base.form.permissions : form.permissions}
          />
        }
      >
        {isFreed && (
          <p className={styles['status']}>
            <Trans>The template stays until you change a permission or an account.</Trans>
          </p>
        )}
        <Messages messages={[...(messages.personal['id'] ?? []), ...(messages.personal['version'] ?? [])]} />
        <NotAssignable codes={messages.codes} />
        {problem && <ProblemNotice problem={problem} retry={save} />}
        <Button onPress={() => open()}>
          <Trans>Cancel</Trans>
        </Button>
        <Button variant="primary" isPending={isSaving} isDisabled={theirs !== null} onPress={save}>
          <Trans>Save</Trans>
        </Button>
      </GivenAccessStep>
    </OpenedParts>
  );
}

/** What has been read with the user. `isAnew` is whether what is chosen is previewed anew, because it was refused. */
function openedParts({ id, opening }: StoredUser, isAnew: boolean): OpenedPart[] {
  if (!opening) return [];
  const read = alreadyRead({ ...opening, __typename: 'Query' as const });
  const offers = [openedPart(AccessOffer, nothingSearched, read), openedPart(TemplateOffer, { templateSearch: '' }, read)];
  // Without the preview, what the user sees is read once the form is open.
  const { accessPreview } = opening;
  if (isAnew || !accessPreview) return offers;
  return [...offers, openedPart(ChangedAccess, { input: { user: id } }, alreadyRead({ accessPreview, __typename: 'Query' as const }))];
}
