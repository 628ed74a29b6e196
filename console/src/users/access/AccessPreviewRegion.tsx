import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useId } from 'react';
import type { AccessPreviewInput, AccessSummaryFragment, Permission } from '../../gql/graphql';
import { errorText, type ServerError } from '../../shared/api/errorWords';
import { usePart } from '../../shared/api/opening';
import type { Read } from '../../shared/api/operations';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { Skeleton } from '../../shared/ui/Skeleton';
import { AccessSummary } from '../actions/AccessSummary';
import styles from './access.module.css';
import { ALWAYS } from './accessChoice';
import { ChangedAccess, PreviewedAccess } from './queries';

interface AccessPreviewRegionProps {
  input: AccessPreviewInput | undefined;
  /** The permissions, where they aren't chosen beside it. */
  permissions?: readonly Permission[] | undefined;
}

/** What a new user will see with the access that is chosen just now, once that is known. */
export function AccessPreviewRegion({ input, permissions }: AccessPreviewRegionProps) {
  const read = usePart(PreviewedAccess, { input: input ?? {} }, { pause: !input });
  const preview = read.data?.accessPreview;
  return (
    <Region read={read} errors={preview?.errors}>
      {preview?.after && <AccessSummary view={preview.after} permissions={permissions ?? []} />}
    </Region>
  );
}

interface AccessChangeRegionProps {
  input: AccessPreviewInput | undefined;
  /** The permissions before and after the change. */
  before: readonly Permission[];
  after: readonly Permission[];
}

/** What `input.user` will see, with what they gain and lose. */
export function AccessChangeRegion({ input, before, after: permissions }: AccessChangeRegionProps) {
  const read = usePart(ChangedAccess, { input: input ?? {} }, { pause: !input });
  const preview = read.data?.accessPreview;
  const { after, gains, loses } = preview ?? {};
  const given = permissions.filter((permission) => !before.includes(permission));
  const taken = before.filter((permission) => permission !== ALWAYS && !permissions.includes(permission));
  return (
    <Region read={read} errors={preview?.errors}>
      {after && <AccessSummary view={after} />}
      {gains && !isNothing(gains, given) && (
        <div className={styles['gains']}>
          <p>
            <Trans>They gain:</Trans>
          </p>
          <AccessSummary view={gains} permissions={given} isChange />
        </div>
      )}
      {loses && !isNothing(loses, taken) && (
        <div className={styles['loses']}>
          <p>
            <Trans>They lose:</Trans>
          </p>
          <AccessSummary view={loses} permissions={taken} isChange />
        </div>
      )}
      {gains && loses && isNothing(gains, given) && isNothing(loses, taken) && (
        <p className={styles['status']}>
          <Trans>They gain and lose nothing.</Trans>
        </p>
      )}
    </Region>
  );
}

function isNothing({ contractAccounts, deliveryAccounts, services }: AccessSummaryFragment, permissions: readonly Permission[]): boolean {
  return permissions.length + contractAccounts.totalCount + deliveryAccounts.totalCount + services.totalCount === 0;
}

interface RegionProps {
  read: Read<unknown>;
  errors: readonly ServerError[] | undefined;
  children: ReactNode;
}

function Region({ read: { data, isReading, problem, retry }, errors, children }: RegionProps) {
  const id = useId();
  // By it, the errors are said anew when another language is chosen.
  const { t } = useLingui();
  return (
    <section aria-labelledby={id} aria-busy={isReading} className={styles['preview']}>
      <h2 id={id}>{t`What this user will see`}</h2>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {errors?.map((error, place) => (
        <p key={place} className={styles['status']}>
          {errorText(error)}
        </p>
      ))}
      {children}
      {data === undefined && !problem && <Skeleton />}
    </section>
  );
}
