import { Trans, useLingui } from '@lingui/react/macro';
import { useMemo, useState } from 'react';
import { Button } from '../shared/ui/Button';
import { Form } from '../shared/ui/Form';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { TextField } from '../shared/ui/TextField';
import { countries } from '../users/person/countries';
import { AccountChoice } from './AccountChoice';
import { Choice } from './Choice';
import styles from './organizations.module.css';
import { CreateService } from './queries';
import { useCreate } from './useCreate';

/** Adds a service, which connects a contract account with a delivery account. */
export function CreateServiceForm({ organization }: { organization: string }) {
  const { t, i18n } = useLingui();
  const [code, setCode] = useState('');
  const [name, setName] = useState('');
  const [city, setCity] = useState('');
  const [country, setCountry] = useState('');
  const [contractAccount, setContractAccount] = useState('');
  const [deliveryAccount, setDeliveryAccount] = useState('');
  const all = useMemo(() => countries(i18n.locale), [i18n.locale]);
  const { create, isSending, errors, problem, created } = useCreate(CreateService, (data) => data.createService.errors);
  const submit = async () => {
    const input = { organization, contractAccount, deliveryAccount, code, name, city, country };
    if (await create({ input }, code)) for (const clear of [setCode, setName]) clear('');
  };
  return (
    <Form className={styles['form']} errors={errors} onSubmit={() => !isSending && void submit()}>
      <fieldset>
        <legend>
          <Trans>Add a service</Trans>
        </legend>
        <TextField name="code" label={t`Code`} maxLength={64} autoComplete="off" value={code} onChange={setCode} isRequired />
        <TextField name="name" label={t`Name`} maxLength={200} autoComplete="off" value={name} onChange={setName} isRequired />
        <AccountChoice
          organization={organization}
          contract={contractAccount}
          delivery={deliveryAccount}
          onContract={setContractAccount}
          onDelivery={setDeliveryAccount}
          errors={errors}
        />
        <TextField name="city" label={t`City`} maxLength={200} autoComplete="off" value={city} onChange={setCity} isRequired />
        <Choice
          label={t`Country`}
          value={country}
          onChange={setCountry}
          options={all.map((each) => ({ value: each.code, label: each.name }))}
          messages={errors['country'] ?? []}
        />
        {problem && <ProblemNotice problem={problem} retry={() => void submit()} />}
        <p role="alert" className={styles['error']}>
          {[...(errors[''] ?? []), ...(errors['organization'] ?? [])].join(' ')}
        </p>
        <div className={styles['row']}>
          <Button type="submit" variant="primary" isPending={isSending}>
            <Trans>Add</Trans>
          </Button>
          <p role="status">{created && t`${created} was added.`}</p>
        </div>
      </fieldset>
    </Form>
  );
}
