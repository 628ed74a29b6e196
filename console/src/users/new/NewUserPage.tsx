import { Trans, useLingui } from '@lingui/react/macro';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Audience, ErrorCode } from '../../gql/graphql';
import { messagesByField } from '../../shared/api/fieldErrors';
import { useWrite } from '../../shared/api/operations';
import type { Problem } from '../../shared/api/problem';
import { Button } from '../../shared/ui/Button';
import { LeaveDialog } from '../../shared/ui/LeaveDialog';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { useTitle } from '../../shared/useTitle';
import { useSaid } from '../../shared/useSaid';
import { accessErrors, accessInput } from '../access/accessChoice';
import { NotAssignable } from '../access/Messages';
import { GivenAccessStep } from '../templates/GivenAccessStep';
import { CreatedUser } from './CreatedUser';
import { isTyped } from './draft';
import { createInput, personalFields } from './newUser';
import styles from './NewUserPage.module.css';
import { PersonalStep } from './PersonalStep';
import { CreateUser } from './queries';
import { useNewUser } from './useNewUser';

export function NewOrganizationUserPage() {
  const { t } = useLingui();
  return <NewUserPage audience="ORGANIZATION" list="/users/organization" place={t`My organization`} />;
}

export function NewDeliveryUserPage() {
  const { t } = useLingui();
  return <NewUserPage audience="DELIVERY" list="/users/delivery" place={t`Delivery account`} />;
}

interface NewUserPageProps {
  audience: Audience;
  list: '/users/organization' | '/users/delivery';
  place: string;
}

/** Adds a user in two steps. */
function NewUserPage({ audience, list, place }: NewUserPageProps) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { user, change, step, next, back, forget } = useNewUser(audience);
  const [personal, setPersonal] = useSaid<Record<string, string[]>>({});
  const [errors, setErrors] = useSaid<Record<string, string[]>>({});
  const [codes, setCodes] = useState<readonly ErrorCode[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [created, setCreated] = useState<{ id: string; displayName: string; email: string } | null>(null);
  const { send, isSending } = useWrite(CreateUser);
  useTitle(t`Add new user`);
  const save = async () => {
    const input = createInput(audience, user);
    setPersonal(() => ({}));
    setErrors(() => ({}));
    setCodes([]);
    const { data, problem: failed } = await send({ input });
    setProblem(failed);
    if (!data) return;
    const found = data.createUser.errors;
    setPersonal(() => messagesByField(found));
    setCodes(found.map(({ code }) => code));
    setErrors(() => accessErrors(found, accessInput(audience, user)));
    if (found.some(({ path }) => personalFields.includes(path[1] ?? ''))) back();
    if (data.createUser.user) forget();
    setCreated(data.createUser.user ?? null);
  };
  return (
    <div className={styles['page']}>
      <LeaveDialog isUnsaved={!created && isTyped(user)} />
      <header>
        <p className={styles['status']}>{place}</p>
        <h1>
          <Trans>Add new user</Trans>
        </h1>
      </header>
      {problem && <ProblemNotice problem={problem} retry={() => void save()} />}
      {created ? (
        <CreatedUser user={created} onClose={() => void navigate({ to: list })} />
      ) : step === 'personal' ? (
        <PersonalStep user={user} errors={personal} onChange={change} onNext={next} />
      ) : (
        <GivenAccessStep audience={audience} choice={user} onChange={change} errors={errors} attempt={codes.length}>
          <NotAssignable codes={codes} />
          <Button onPress={back}>
            <Trans>Back</Trans>
          </Button>
          <Button variant="primary" isPending={isSending} onPress={() => void save()}>
            <Trans>Save</Trans>
          </Button>
        </GivenAccessStep>
      )}
    </div>
  );
}
