import { Trans, useLingui } from '@lingui/react/macro';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { Audience } from '../../gql/graphql';
import { useViewer } from '../../session/session';
import { Button } from '../../shared/ui/Button';
import { LeaveDialog } from '../../shared/ui/LeaveDialog';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { useTitle } from '../../shared/useTitle';
import { GivenAccessStep } from '../templates/GivenAccessStep';
import { AudienceChoice } from './AudienceChoice';
import { EmailsField } from './EmailsField';
import styles from './invite.module.css';
import { audiences, validateInviteSearch } from './inviteSearch';
import { parseEmails } from './parseEmails';
import { ResultsSection } from './ResultsSection';
import { useInvitation } from './useInvitation';
import { useInviteDraft } from './useInviteDraft';

/** How many addresses `inviteUsers` takes at once. */
const MOST = 500;

/** Invites many users with the same access, by their email addresses. */
export function InvitePage() {
  const { t } = useLingui();
  const { audience: wanted } = validateInviteSearch(useSearch({ strict: false }));
  const assignable = useViewer().assignable?.audiences ?? [];
  const offered = audiences.filter((audience) => assignable.includes(audience));
  const audience = offered.find((name) => name === wanted) ?? offered[0];
  useTitle(t`Invite many`);
  return (
    <div className={styles['page']}>
      <header>
        <h1>
          <Trans>Invite many</Trans>
        </h1>
        <p className={styles['status']}>
          <Trans>Each person gets an email with a link, and enters their name when they activate. All get the same access.</Trans>
        </p>
      </header>
      {audience ? (
        <InviteForm offered={offered} audience={audience} />
      ) : (
        <p>
          <Trans>You may not invite users.</Trans>
        </p>
      )}
    </div>
  );
}

function InviteForm({ offered, audience }: { offered: readonly Audience[]; audience: Audience }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { text, choice, setText, changeChoice } = useInviteDraft();
  const [wrongNumber, setWrongNumber] = useState<number | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const invitation = useInvitation(audience, choice, setText);
  const { errors, problem, sending } = invitation;
  const lines = parseEmails(text);
  const last = useRef({ isDryRun: true });
  const change = (changed: string) => {
    setText(changed);
    setWrongNumber(null);
  };
  const send = async (options: { isDryRun: boolean }) => {
    last.current = options;
    const count = lines.length;
    const isWrong = count === 0 || count > MOST;
    flushSync(() => setWrongNumber(isWrong ? count : null));
    if (isWrong) field.current?.focus();
    else await invitation.send(lines, options);
  };
  const total = wrongNumber ?? 0;
  const message = total === 0 ? t`Enter at least one email address.` : t`These are ${total} email addresses. Invite at most ${MOST} at once.`;
  return (
    <>
      <LeaveDialog isUnsaved={text.trim() !== ''} />
      {offered.length > 1 && (
        <AudienceChoice
          offered={offered}
          audience={audience}
          onChange={(name) => void navigate({ to: '/users/invite', search: { audience: name }, replace: true, resetScroll: false })}
        />
      )}
      <EmailsField
        ref={field}
        text={text}
        onChange={change}
        count={lines.length}
        messages={wrongNumber === null ? (errors['emails'] ?? []) : [message]}
      />
      <ResultsSection invitation={invitation} />
      <GivenAccessStep audience={audience} choice={choice} onChange={changeChoice} errors={errors}>
        {problem && (
          <div className={styles['problem']}>
            <ProblemNotice problem={problem} retry={() => void send(last.current)} />
          </div>
        )}
        <Button isPending={sending !== null} onPress={() => void send({ isDryRun: true })}>
          {sending === 'check' ? <Trans>Checking …</Trans> : <Trans>Check</Trans>}
        </Button>
        <Button variant="primary" isPending={sending !== null} onPress={() => void send({ isDryRun: false })}>
          {sending === 'invite' ? <Trans>Sending …</Trans> : <Trans>Send invitations</Trans>}
        </Button>
      </GivenAccessStep>
    </>
  );
}
