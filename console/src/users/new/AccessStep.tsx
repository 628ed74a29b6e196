import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import type { Audience } from '../../gql/graphql';
import { useRead } from '../../shared/api/operations';
import { Button } from '../../shared/ui/Button';
import { Actions } from '../../shared/ui/Dialog';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { AccountPicker } from './AccountPicker';
import { AccessPreviewRegion } from './AccessPreviewRegion';
import type { NewUser } from './newUser';
import styles from './NewUserPage.module.css';
import { PermissionChoices } from './PermissionChoices';
import { Offer } from './queries';

interface AccessStepProps {
  audience: Audience;
  user: NewUser;
  errors: readonly string[];
  isSaving: boolean;
  onChange: (change: Partial<NewUser>) => void;
  onBack: () => void;
  onSave: () => void;
}

/** Step 2: what they may do and see. */
export function AccessStep({ audience, user, errors, isSaving, onChange, onBack, onSave }: AccessStepProps) {
  const { t } = useLingui();
  const [contractSearch, setContractSearch] = useState('');
  const [deliverySearch, setDeliverySearch] = useState('');
  const { data, problem, retry } = useRead(Offer, { contractSearch, deliverySearch });
  const assignable = data?.viewer?.assignable;
  return (
    <div className={styles['columns']}>
      <div className={styles['step']}>
        <h2>
          <Trans>Permissions and access</Trans>
        </h2>
        {problem && <ProblemNotice problem={problem} retry={retry} />}
        <PermissionChoices
          all={data?.permissions ?? []}
          assignable={assignable?.permissions ?? []}
          chosen={user.permissions}
          onChange={(permissions) => onChange({ permissions })}
        />
        <AccountPicker
          legend={t`Contract accounts`}
          mayGiveAll={assignable?.allContractAccounts ?? false}
          isAll={user.allContractAccounts}
          onAll={(allContractAccounts) => onChange({ allContractAccounts })}
          chosen={user.contractAccounts}
          onChosen={(contractAccounts) => onChange({ contractAccounts })}
          found={assignable?.contractAccounts}
          search={contractSearch}
          onSearch={setContractSearch}
        />
        <AccountPicker
          legend={t`Delivery accounts`}
          mayGiveAll={audience === 'ORGANIZATION' && (assignable?.allDeliveryAccounts ?? false)}
          isAll={user.allDeliveryAccounts}
          onAll={(allDeliveryAccounts) => onChange({ allDeliveryAccounts })}
          chosen={user.deliveryAccounts}
          onChosen={(deliveryAccounts) => onChange({ deliveryAccounts })}
          found={assignable?.deliveryAccounts}
          search={deliverySearch}
          onSearch={setDeliverySearch}
        />
        {errors.length > 0 && (
          <div role="alert" className={styles['errors']}>
            {errors.map((message) => (
              <p key={message}>{message}</p>
            ))}
          </div>
        )}
        <Actions>
          <Button onPress={onBack}>
            <Trans>Back</Trans>
          </Button>
          <Button variant="primary" isPending={isSaving} onPress={onSave}>
            <Trans>Save</Trans>
          </Button>
        </Actions>
      </div>
      <AccessPreviewRegion audience={audience} user={user} />
    </div>
  );
}
