import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { graphql } from '../../gql';
import { useRead } from '../api/operations';
import { type PickedUser, UserPicker } from '../people/UserPicker';
import { Button } from '../ui/Button';
import { Actions, Dialog } from '../ui/Dialog';
import { Paging, type Position } from '../ui/Paging';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Skeleton } from '../ui/Skeleton';
import { Explanation } from './Explanation';
import { routeNames } from './routeNames';
import styles from './WhoCanSeeDialog.module.css';

const WhoCanSee = graphql(`
  query WhoCanSee($on: ID!, $after: String) {
    whoCan(action: VIEW, on: $on, first: 10, after: $after) {
      totalCount
      endCursor
      holders {
        user {
          id
          displayName
          email
        }
        ways {
          rows
        }
      }
    }
  }
`);

/** The users who see an account or a service, as far as the viewer sees them, and why any user does, or doesn't. */
export function WhoCanSeeDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const { t } = useLingui();
  // The cursors of the pages before this one: the API pages forwards only.
  const [cursors, setCursors] = useState<string[]>([]);
  const { data, isReading, problem, retry } = useRead(WhoCanSee, { on: id, after: cursors.at(-1) ?? null });
  const [asked, setAsked] = useState<PickedUser | null>(null);
  const page = data?.whoCan;
  const next = page?.endCursor;
  const turn = ({ after }: Position) => {
    if (!isReading) setCursors(after ? [...cursors, after] : cursors.slice(0, -1));
  };
  return (
    <Dialog title={t`Who can see ${name}?`} onClose={onClose}>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {!data && !problem && <Skeleton />}
      {data && !page && (
        <p>
          <Trans>You can’t see this any more.</Trans>
        </p>
      )}
      {page && (
        <>
          <div className={styles['why']}>
            <UserPicker label={t`Ask why, or why not`} chosen={asked} onChange={setAsked} />
            {asked && <Explanation user={asked} id={id} name={name} />}
          </div>
          <ul className={styles['users']} aria-label={t`Users`} aria-busy={isReading}>
            {page.holders.map(
              ({ user, ways }) =>
                user && (
                  <li key={user.id}>
                    <div>
                      <Link to="/users/$id" params={{ id: user.id }} onClick={onClose}>
                        {user.displayName}
                      </Link>
                      {user.displayName !== user.email && <span>{user.email}</span>}
                      <Through names={routeNames(ways)} />
                    </div>
                    <Button
                      variant="quiet"
                      aria-label={t`Why? ${user.displayName}`}
                      onPress={() => setAsked({ id: user.id, name: user.displayName })}
                    >
                      <Trans>Why?</Trans>
                    </Button>
                  </li>
                ),
            )}
          </ul>
          <Paging pageInfo={{ hasNextPage: Boolean(next), hasPreviousPage: cursors.length > 0, endCursor: next }} onTurn={turn}>
            <Plural value={page.totalCount} one="# user whom you see" other="# users whom you see" />
          </Paging>
        </>
      )}
      <Actions>
        <Button onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
      </Actions>
    </Dialog>
  );
}

/** The accounts and services through which they see it; nothing for those who see everything of their organization. */
function Through({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  const list = names.join(', ');
  return (
    <span>
      <Trans>Through {list}</Trans>
    </span>
  );
}
