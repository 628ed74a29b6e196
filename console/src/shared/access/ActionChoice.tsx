import { useLingui } from '@lingui/react/macro';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { ChoiceMenu } from '../ui/Menu';
import { actionWords } from './actionWords';
import type { AskedAction } from './askedAccess';
import styles from './WhoCanDialog.module.css';

interface ActionChoiceProps {
  actions: readonly AskedAction[];
  action: AskedAction;
  onChange: (action: AskedAction) => void;
}

/** What may be done with the thing, where more can be asked than who sees it. */
export function ActionChoice({ actions, action, onChange }: ActionChoiceProps) {
  const { t, i18n } = useLingui();
  if (actions.length < 2) return null;
  const items = actions.map((key) => ({ key, label: i18n._(actionWords[key].choice) }));
  const chosen = i18n._(actionWords[action].choice);
  return (
    <ChoiceMenu label={t`Who can`} mode="single" items={items} chosen={[action]} onChange={([key]) => key && onChange(key)}>
      <Button className={styles['action'] ?? ''}>
        {t`Who can: ${chosen}`}
        <Icon name="chevron" size={14} />
      </Button>
    </ChoiceMenu>
  );
}
