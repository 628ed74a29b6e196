import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { graphql } from '../../gql';
import type { AccessSummaryFragment, Permission } from '../../gql/graphql';
import { permissionWords } from '../permissionWords';
import styles from './AccessSummary.module.css';

graphql(`
  fragment AccessSummary on AccessView {
    contractAccounts(first: 5) {
      totalCount
      nodes {
        id
        name
      }
    }
    deliveryAccounts(first: 5) {
      totalCount
      nodes {
        id
        name
      }
    }
    services(first: 5) {
      totalCount
      nodes {
        id
        code
        name
      }
    }
  }
`);

interface AccessSummaryProps {
  view: AccessSummaryFragment;
  /** The permissions, where they are part of it. */
  permissions?: readonly Permission[];
  /** Whether it is what somebody gains or loses, of which only what there is matters. */
  isChange?: boolean;
}

/** Counts and first names of what somebody sees, gains or loses. */
export function AccessSummary({ view, permissions = [], isChange = false }: AccessSummaryProps) {
  const { i18n } = useLingui();
  const { contractAccounts, deliveryAccounts, services } = view;
  return (
    <div className={styles['summary']}>
      <Part isHidden={permissions.length === 0} count={permissions.length} names={permissions.map((permission) => i18n._(permissionWords[permission].name))}>
        <Plural value={permissions.length} one="# permission" other="# permissions" />
      </Part>
      <Part isHidden={isChange && contractAccounts.totalCount === 0} count={contractAccounts.totalCount} names={contractAccounts.nodes.map(({ name }) => name)}>
        <Plural value={contractAccounts.totalCount} one="# contract account" other="# contract accounts" />
      </Part>
      <Part isHidden={isChange && deliveryAccounts.totalCount === 0} count={deliveryAccounts.totalCount} names={deliveryAccounts.nodes.map(({ name }) => name)}>
        <Plural value={deliveryAccounts.totalCount} one="# delivery account" other="# delivery accounts" />
      </Part>
      <Part isHidden={isChange && services.totalCount === 0} count={services.totalCount} names={services.nodes.map(({ code, name }) => `${code} ${name}`)}>
        <Plural value={services.totalCount} one="# service" other="# services" />
      </Part>
    </div>
  );
}

interface PartProps {
  isHidden: boolean;
  count: number;
  names: readonly string[];
  children: React.ReactNode;
}

function Part({ isHidden, count, names, children }: PartProps) {
  if (isHidden) return null;
  const others = count - names.length;
  return (
    <section className={styles['part']}>
      <h3>{children}</h3>
      {names.length > 0 && (
        <ul>
          {names.map((name, place) => (
            // Two accounts may have the same name.
            <li key={place}>{name}</li>
          ))}
          {others > 0 && (
            <li>
              <Trans>and {others} more</Trans>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}
