import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Button } from '../shared/ui/Button';
import { Form } from '../shared/ui/Form';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { TextField } from '../shared/ui/TextField';
import styles from './organizations.module.css';
import { CreateContractAccount, CreateDeliveryAccount } from './queries';
import { useCreate } from './useCreate';

/** Adds a contract account, with what is on its invoices, or a delivery account. */
export function CreateAccount({ organization, isContract }: { organization: string; isContract: boolean }) {
  const { t } = useLingui();
  const [name, setName] = useState('');
  const [vatNumber, setVatNumber] = useState('');
  const [billingEmail, setBillingEmail] = useState('');
  const [currency, setCurrency] = useState('');
  const contract = useCreate(CreateContractAccount, (data) => data.createContractAccount.errors);
  const delivery = useCreate(CreateDeliveryAccount, (data) => data.createDeliveryAccount.errors);
  const { isSending, errors, problem, created } = isContract ? contract : delivery;
  const submit = async () => {
    const billing = { vatNumber: vatNumber.trim() || null, billingEmail: billingEmail.trim() || null, currency: currency.trim() || null };
    const isDone = isContract
      ? await contract.create({ input: { organization, name, ...billing } }, name)
      : await delivery.create({ input: { organization, name } }, name);
    if (isDone) for (const clear of [setName, setVatNumber, setBillingEmail, setCurrency]) clear('');
  };
  return (
    <Form className={styles['form']} errors={errors} onSubmit={() => !isSending && void submit()}>
      <fieldset>
        <legend>{isContract ? <Trans>Add a contract account</Trans> : <Trans>Add a delivery account</Trans>}</legend>
        <TextField name="name" label={t`Name`} maxLength={200} autoComplete="off" value={name} onChange={setName} isRequired />
        {isContract && (
          <>
            <TextField name="vatNumber" label={t`VAT number`} autoComplete="off" value={vatNumber} onChange={setVatNumber} />
            <TextField name="billingEmail" label={t`Billing email`} autoComplete="off" value={billingEmail} onChange={setBillingEmail} />
            <TextField name="currency" label={t`Currency`} description={t`Three letters, such as EUR.`} value={currency} onChange={setCurrency} />
          </>
        )}
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
