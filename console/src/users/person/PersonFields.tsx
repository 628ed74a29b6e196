import { Trans, useLingui } from '@lingui/react/macro';
import { useId, useMemo } from 'react';
import type { UserKind } from '../../gql/graphql';
import { TextField } from '../../shared/ui/TextField';
import { kinds } from '../usersSearch';
import { kindWords } from '../words';
import { countries } from './countries';
import type { Person } from './person';
import styles from './PersonFields.module.css';

interface PersonFieldsProps {
  person: Person;
  onChange: (change: Partial<Person>) => void;
  areNamesRequired?: boolean;
}

/** Names, phone number and country. Inside of a `<Form>`. */
export function PersonFields({ person, onChange, areNamesRequired = false }: PersonFieldsProps) {
  const { t } = useLingui();
  return (
    <>
      <div className={styles['pair']}>
        <TextField
          name="firstName"
          label={t`First name`}
          maxLength={100}
          autoComplete="off"
          value={person.firstName}
          onChange={(firstName) => onChange({ firstName })}
          isRequired={areNamesRequired}
        />
        <TextField
          name="lastName"
          label={t`Last name`}
          maxLength={100}
          autoComplete="off"
          value={person.lastName}
          onChange={(lastName) => onChange({ lastName })}
          isRequired={areNamesRequired}
        />
      </div>
      <div className={styles['pair']}>
        <TextField
          name="phone"
          label={t`Phone number`}
          type="tel"
          autoComplete="off"
          value={person.phone}
          onChange={(phone) => onChange({ phone })}
        />
        <CountryChoice country={person.country} onChange={(country) => onChange({ country })} />
      </div>
    </>
  );
}

export function KindChoice({ kind, onChange }: { kind: UserKind; onChange: (kind: UserKind) => void }) {
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
