import { Trans, useLingui } from '@lingui/react/macro';
import { useId, useState } from 'react';
import { useRead } from '../../shared/api/operations';
import { fromLocalTime, toLocalTime } from '../../shared/localTime';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import access from '../access/access.module.css';
import { ALWAYS } from '../access/accessChoice';
import { AccountPicker } from '../access/AccountPicker';
import { AccessOffer } from '../access/queries';
import { permissionWords } from '../permissionWords';
import type { BulkChoice } from './bulkChange';

interface BulkFieldsProps {
  choice: BulkChoice;
  onChange: (change: Partial<BulkChoice>) => void;
}

/** What is given or taken away: exactly what this admin may give. */
export function GrantFields({ choice, onChange }: BulkFieldsProps) {
  const { t, i18n } = useLingui();
  const [contractSearch, setContractSearch] = useState('');
  const [deliverySearch, setDeliverySearch] = useState('');
  const { data, problem, retry } = useRead(AccessOffer, { contractSearch, deliverySearch });
  const assignable = data?.viewer?.assignable;
  const { permissions } = choice;
  return (
    <div className={access['step']}>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      <fieldset className={access['group']}>
        <legend>
          <Trans>Permissions</Trans>
        </legend>
        {(assignable?.permissions ?? [])
          .filter((permission) => permission !== ALWAYS)
          .map((permission) => (
            <label key={permission} className={access['choice']}>
              <input
                type="checkbox"
                checked={permissions.includes(permission)}
                onChange={({ target }) =>
                  onChange({ permissions: target.checked ? [...permissions, permission] : permissions.filter((other) => other !== permission) })
                }
              />
              {i18n._(permissionWords[permission].name)}
            </label>
          ))}
      </fieldset>
      <AccountPicker
        legend={t`Contract accounts`}
        chosen={choice.contractAccounts}
        onChosen={(contractAccounts) => onChange({ contractAccounts })}
        found={assignable?.contractAccounts}
        search={contractSearch}
        onSearch={setContractSearch}
      />
      <AccountPicker
        legend={t`Delivery accounts`}
        chosen={choice.deliveryAccounts}
        onChosen={(deliveryAccounts) => onChange({ deliveryAccounts })}
        found={assignable?.deliveryAccounts}
        search={deliverySearch}
        onSearch={setDeliverySearch}
      />
      {choice.kind === 'give' && (
        <UntilField choice={choice} onChange={onChange} label={t`Until (optional)`}>
          <Trans>Also for those who have it already. Without a time, they keep theirs.</Trans>
        </UntilField>
      )}
    </div>
  );
}

/** A time. */
export function UntilField({ choice, onChange, label, children }: BulkFieldsProps & { label: string; children?: React.ReactNode }) {
  const id = useId();
  return (
    <div className={access['end']}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="datetime-local"
        aria-describedby={`${id}-note`}
        defaultValue={toLocalTime(choice.until)}
        onChange={({ target }) => onChange({ until: fromLocalTime(target.value) })}
      />
      <p id={`${id}-note`} className={access['status']}>
        {children}
      </p>
    </div>
  );
}
