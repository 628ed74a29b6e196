import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import type { Audience } from '../../gql/graphql';
import { usePart } from '../../shared/api/opening';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { type AccessChoice, noAccess } from './accessChoice';
import { AccountPicker } from './AccountPicker';
import { PermissionChoices } from './PermissionChoices';
import { AccessOffer } from './queries';

export interface AccessChoicesProps {
  audience: Audience;
  choice: AccessChoice;
  onChange: (change: Partial<AccessChoice>) => void;
  /** What the user has, which is offered besides what this admin may give. */
  has?: AccessChoice;
  /** Whether permissions and accounts can have ends. */
  hasEnds?: boolean;
  /** The messages of the server: `accessErrors`. */
  errors: Record<string, string[]>;
}

/** Permissions and accounts to choose from, as far as this admin may give them. */
export function AccessChoices({ audience, choice, onChange, has = noAccess, hasEnds = true, errors }: AccessChoicesProps) {
  const { t } = useLingui();
  const [contractSearch, setContractSearch] = useState('');
  const [deliverySearch, setDeliverySearch] = useState('');
  const { data, problem, retry } = usePart(AccessOffer, { contractSearch, deliverySearch });
  const assignable = data?.viewer?.assignable;
  const setEnd = (key: string, end: string | undefined) => {
    const others = Object.entries(choice.ends).filter(([other]) => other !== key);
    onChange({ ends: Object.fromEntries(end === undefined ? others : [...others, [key, end]]) });
  };
  const shared = { ends: choice.ends, onEnd: hasEnds ? setEnd : undefined, errors };
  return (
    <>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      <PermissionChoices
        all={data?.permissions ?? []}
        // What is chosen stays, also when this admin may no longer give it: the message is shown there.
        offered={[...(assignable?.permissions ?? []), ...has.permissions, ...choice.permissions]}
        choice={choice}
        onChange={onChange}
        onEnd={shared.onEnd}
        errors={errors}
      />
      <AccountPicker
        {...shared}
        legend={t`Contract accounts`}
        offersAll={has.allContractAccounts || (assignable?.allContractAccounts ?? false)}
        isAll={choice.allContractAccounts}
        onAll={(allContractAccounts) => onChange({ allContractAccounts })}
        chosen={choice.contractAccounts}
        onChosen={(contractAccounts) => onChange({ contractAccounts })}
        found={assignable?.contractAccounts}
        search={contractSearch}
        onSearch={setContractSearch}
        messages={errors['contractAccounts']}
      />
      <AccountPicker
        {...shared}
        legend={t`Delivery accounts`}
        offersAll={audience === 'ORGANIZATION' && (has.allDeliveryAccounts || (assignable?.allDeliveryAccounts ?? false))}
        isAll={choice.allDeliveryAccounts}
        onAll={(allDeliveryAccounts) => onChange({ allDeliveryAccounts })}
        chosen={choice.deliveryAccounts}
        onChosen={(deliveryAccounts) => onChange({ deliveryAccounts })}
        found={assignable?.deliveryAccounts}
        search={deliverySearch}
        onSearch={setDeliverySearch}
        messages={errors['deliveryAccounts']}
      />
    </>
  );
}
