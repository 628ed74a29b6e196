import { Trans, useLingui } from '@lingui/react/macro';
import { useId, useMemo } from 'react';
import { Form } from 'react-aria-components/Form';
import type { UserKind } from '../../gql/graphql';
import { Button } from '../../shared/ui/Button';
import { Actions } from '../../shared/ui/Dialog';
import { TextField } from '../../shared/ui/TextField';
import { kinds } from '../usersSearch';
import { kindWords } from '../words';
import { countries } from './countries';
import { EmailStatus } from './EmailStatus';
import type { NewUser } from './newUser';
import styles from './NewUserPage.module.css';

interface PersonalStepProps {
  user: NewUser;
  /** The server's messages by field. */
  errors: Record<string, string[]>;
  onChange: (change: Partial<NewUser>) => void;
  onNext: () => void;
}

/** Step 1: who it is. */
export function PersonalStep({ user, errors, onChange, onNext }: PersonalStepProps) {
  const { t } = useLingui();
  return (
    <Form
      className={styles['step']}
      validationErrors={errors}
      onSubmit={(event) => {
        event.preventDefault();
        onNext();
      }}
    >
      <h2>
        <Trans>Personal information</Trans>
      </h2>
      <KindChoice kind={user.kind} onChange={(kind) => onChange({ kind })} />
      <TextField
        name="email"
        label={t`Email address`}
        type="email"
        autoComplete="off"
        value={user.email}
        onChange={(email) => onChange({ email })}
        isRequired
        autoFocus
      />
      <p role="status" className={styles['status']}>
        <EmailStatus email={user.email} />
      </p>
      <div className={styles['pair']}>
        <TextField
          name="firstName"
          label={t`First name`}
          maxLength={100}
          autoComplete="off"
          value={user.firstName}
          onChange={(firstName) => onChange({ firstName })}
          isRequired
        />
        <TextField
          name="lastName"
          label={t`Last name`}
          maxLength={100}
          autoComplete="off"
          value={user.lastName}
          onChange={(lastName) => onChange({ lastName })}
          isRequired
        />
      </div>
      <div className={styles['pair']}>
        <TextField
          name="phone"
          label={t`Phone number`}
          type="tel"
          autoComplete="off"
          value={user.phone}
          onChange={(phone) => onChange({ phone })}
        />
        <CountryChoice country={user.country} onChange={(country) => onChange({ country })} />
      </div>
      <Actions>
        <Button type="submit" variant="primary">
          <Trans>Next</Trans>
        </Button>
      </Actions>
    </Form>
  );
}

function KindChoice({ kind, onChange }: { kind: UserKind; onChange: (kind: UserKind) => void }) {
  const { i18n } = useLingui();
  return (
    <fieldset className={styles['choices']}>
      <legend>
        <Trans>Type</Trans>
      </legend>
      {kinds.map((name) => (
        <label key={name} className={styles['choice']}>
          <input type="radio" name="kind" checked={kind === name} onChange={() => onChange(name)} />
          {i18n._(kindWords[name])}
        </label>
      ))}
    </fieldset>
  );
}

function CountryChoice({ country, onChange }: { country: string; onChange: (country: string) => void }) {
  const { i18n } = useLingui();
  const id = useId();
  const all = useMemo(() => countries(i18n.locale), [i18n.locale]);
  return (
    <div className={styles['country']}>
      <label htmlFor={id}>
        <Trans>Country</Trans>
      </label>
      <select id={id} name="country" value={country} onChange={(event) => onChange(event.target.value)}>
        <option value="" />
        {all.map(({ code, name }) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
