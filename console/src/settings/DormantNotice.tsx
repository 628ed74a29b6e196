import { Plural, Trans } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useRead } from '../shared/api/operations';
import { daysOf } from '../shared/searchParameters';
import { useSettled } from '../shared/useSettled';
import styles from './SettingsPage.module.css';
import { DormantUsers } from './settingsQuery';

interface DormantNoticeProps {
  /** What is in the field. */
  days: string;
  /** What is saved. */
  stored: number | null | undefined;
}

/** Says how many users have not signed in for the number of days in the field, once nobody types any more; nothing for the
 *  number that is saved. */
export function DormantNotice({ days, stored }: DormantNoticeProps) {
  const entered = daysOf(useSettled(days.trim()), 1_000);
  const valid = Number(entered) === stored ? undefined : entered;
  const { data } = useRead(DormantUsers, { days: Number(valid ?? 1) }, { pause: !valid });
  return (
    <div role="status" className={styles['quiet']}>
      {valid && data && (
        <p>
          <Plural
            value={data.users.totalCount}
            one="# user has not signed in for that long."
            other="# users have not signed in for that long."
          />{' '}
          {data.users.totalCount > 0 && (
            <>
              <Link to="/users/organization" search={{ notSignedInFor: valid }}>
                <Trans>Show those of my organization</Trans>
              </Link>
              {' · '}
              <Link to="/users/delivery" search={{ notSignedInFor: valid }}>
                <Trans>Show those of delivery accounts</Trans>
              </Link>
            </>
          )}
        </p>
      )}
    </div>
  );
}
