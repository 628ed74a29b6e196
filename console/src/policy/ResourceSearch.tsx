import { Trans, useLingui } from '@lingui/react/macro';
import type { FoundResourcesFragment } from '../gql/graphql';
import { usePart } from '../shared/api/opening';
import { Button } from '../shared/ui/Button';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { SearchField } from '../shared/ui/SearchField';
import { Skeleton } from '../shared/ui/Skeleton';
import styles from './policy.module.css';
import { FindResources } from './questionsQuery';

type FoundService = FoundResourcesFragment['services']['nodes'][number];

interface FoundResource {
  id: string;
  name: string;
  /** What tells it from others of the same name. */
  detail?: string | undefined;
}

interface ResourceSearchProps {
  search: string;
  onSearch: (search: string) => void;
  /** Called with the id of what is asked about. */
  onChoose: (id: string) => void;
}

/** Finds anything that the policy is about, by a part of its name. */
export function ResourceSearch({ search, onSearch, onChoose }: ResourceSearchProps) {
  const { t } = useLingui();
  const { data, isReading, problem, retry } = usePart(FindResources, { search });
  const groups: { title: string; found: FoundResource[] }[] = data
    ? [
        { title: t`Organizations`, found: data.organizations.nodes },
        { title: t`Contract accounts`, found: data.contractAccounts.nodes.map(withOrganization) },
        { title: t`Delivery accounts`, found: data.deliveryAccounts.nodes.map(withOrganization) },
        { title: t`Services`, found: data.services.nodes.map(withService) },
        { title: t`Users`, found: data.users.nodes.map(withEmail) },
      ].filter(({ found }) => found.length > 0)
    : [];
  return (
    <div className={styles['questions']}>
      <p className={styles['quiet']}>
        <Trans>Choose what you want to ask about.</Trans>
      </p>
      <div role="search" aria-label={t`Policy`} className={styles['search']}>
        <SearchField
          label={t`Search organizations, accounts, services and users`}
          placeholder={t`Name, code or email address`}
          value={search}
          onSearch={onSearch}
        />
      </div>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {!data && !problem && <Skeleton width={0.5} />}
      <div className={styles['groups']} aria-busy={isReading}>
        {groups.map(({ title, found }) => (
          <section key={title} aria-label={title}>
            <h2>{title}</h2>
            <ul>
              {found.map((resource) => (
                <li key={resource.id}>
                  <Button variant="quiet" onPress={() => onChoose(resource.id)}>
                    <span>{resource.name}</span>
                    {resource.detail && <span className={styles['quiet']}>{resource.detail}</span>}
                  </Button>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
      {data && groups.length === 0 && (
        <p role="status">
          <Trans>Nothing found.</Trans>
        </p>
      )}
    </div>
  );
}

function withOrganization({ id, name, organization }: { id: string; name: string; organization: { name: string } | null }): FoundResource {
  return { id, name, detail: organization?.name };
}

function withService({ id, code, name, contractAccount: { organization } }: FoundService): FoundResource {
  return { id, name: code, detail: `${name} · ${organization.name}` };
}

function withEmail({ id, displayName, email }: { id: string; displayName: string; email: string }): FoundResource {
  return { id, name: displayName, detail: displayName === email ? undefined : email };
}
