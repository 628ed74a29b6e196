import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { graphql } from '../gql';
import { useRead } from '../shared/api/operations';
import { Button } from '../shared/ui/Button';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { SearchField } from '../shared/ui/SearchField';
import { Skeleton } from '../shared/ui/Skeleton';
import styles from './policy.module.css';

const FindResources = graphql(`
  query FindResources($search: String!) {
    organizations(first: 5, filter: { search: $search }) {
      nodes {
        id
        name
      }
    }
    contractAccounts(first: 5, filter: { search: $search }) {
      nodes {
        id
        name
        organization {
          name
        }
      }
    }
    deliveryAccounts(first: 5, filter: { search: $search }) {
      nodes {
        id
        name
        organization {
          name
        }
      }
    }
    services(first: 5, filter: { search: $search }) {
      nodes {
        id
        code
        name
      }
    }
    users(first: 5, filter: { search: $search }) {
      nodes {
        id
        displayName
        email
      }
    }
  }
`);

export interface FoundResource {
  id: string;
  name: string;
  /** What tells it from others of the same name. */
  detail?: string | undefined;
}

/** Finds anything that the policy is about, by a part of its name. */
export function ResourceSearch({ onChoose }: { onChoose: (resource: FoundResource) => void }) {
  const { t } = useLingui();
  const [search, setSearch] = useState('');
  const { data, isReading, problem, retry } = useRead(FindResources, { search });
  const groups: { title: string; found: FoundResource[] }[] = data
    ? [
        { title: t`Organizations`, found: data.organizations.nodes },
        { title: t`Contract accounts`, found: data.contractAccounts.nodes.map(withOrganization) },
        { title: t`Delivery accounts`, found: data.deliveryAccounts.nodes.map(withOrganization) },
        { title: t`Services`, found: data.services.nodes.map(({ id, code, name }) => ({ id, name: code, detail: name })) },
        { title: t`Users`, found: data.users.nodes.map(({ id, displayName, email }) => ({ id, name: displayName, detail: email })) },
      ].filter(({ found }) => found.length > 0)
    : [];
  return (
    <div className={styles['questions']}>
      <p className={styles['quiet']}>
        <Trans>Choose what you want to ask about.</Trans>
      </p>
      <div role="search" aria-label={t`Policy`}>
        <SearchField label={t`Search organizations, accounts, services and users`} value={search} onSearch={setSearch} />
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
                  <Button variant="quiet" onPress={() => onChoose(resource)}>
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
