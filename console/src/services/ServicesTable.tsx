import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import type { ServiceOrder } from '../gql/graphql';
import { WhoCanSeeButton } from '../shared/access/WhoCanSeeButton';
import { WhatIfButton } from '../shared/whatIf/WhatIfButton';
import { Badge } from '../shared/ui/Badge';
import { ListTable } from '../shared/ui/ListTable';
import { SortableHead } from '../shared/ui/SortableHead';
import type { ListedService } from './servicesQuery';
import styles from './ServicesTable.module.css';
import { statusTones, statusWords } from './words';

interface ServicesTableProps {
  /** The services of the page; undefined until the first ones have come. */
  services: readonly ListedService[] | undefined;
  isReading: boolean;
  order: ServiceOrder;
  onOrder: (order: ServiceOrder) => void;
}

export function ServicesTable({ services, isReading, order, onOrder }: ServicesTableProps) {
  const { t } = useLingui();
  return (
    <ListTable
      label={t`Services`}
      isReading={isReading}
      className={styles['table']}
      head={
        <>
          <SortableHead ascending="CODE_ASC" descending="CODE_DESC" order={order} onOrder={onOrder}>
            <Trans>Code</Trans>
          </SortableHead>
          <SortableHead ascending="NAME_ASC" descending="NAME_DESC" order={order} onOrder={onOrder}>
            <Trans>Name</Trans>
          </SortableHead>
          <SortableHead ascending="STATUS_ASC" descending="STATUS_DESC" order={order} onOrder={onOrder} className={styles['wide']}>
            <Trans>Status</Trans>
          </SortableHead>
          <SortableHead ascending="CITY_ASC" descending="CITY_DESC" order={order} onOrder={onOrder} className={styles['wide']}>
            <Trans>Site</Trans>
          </SortableHead>
          <th scope="col" className={styles['wide']}>
            <Trans>Accounts</Trans>
          </th>
          <th scope="col" className={styles['options']}>
            <span className="visually-hidden">
              <Trans>Who can see this?</Trans>
            </span>
          </th>
        </>
      }
      skeleton={[{ width: 0.8 }, {}, { className: styles['wide'], width: 0.6 }, { className: styles['wide'] }, { className: styles['wide'] }, { lines: 0 }]}
    >
      {services?.map((service) => <Row key={service.id} service={service} />)}
    </ListTable>
  );
}

function Row({ service }: { service: ListedService }) {
  const { id, code, name, contractAccount } = service;
  return (
    <tr>
      <th scope="row">
        <code>{code}</code>
      </th>
      <td className={styles['name']}>
        {name}
        {/* Where there is no place for these columns. */}
        <div className={styles['narrow']}>
          <Status service={service} />
          <Site service={service} />
          <Accounts service={service} />
        </div>
      </td>
      <td className={styles['wide']}>
        <Status service={service} />
      </td>
      <td className={styles['wide']}>
        <Site service={service} />
      </td>
      <td className={styles['wide']}>
        <Accounts service={service} />
      </td>
      <td className={styles['options']}>
        {contractAccount.organization.viewerCan.includes('REVIEW_ACCESS') && (
          <div className={styles['questions']}>
            <WhoCanSeeButton id={id} name={code} />
            <WhatIfButton change="move" id={id} name={code} />
          </div>
        )}
      </td>
    </tr>
  );
}

function Status({ service: { status } }: { service: ListedService }) {
  const { i18n } = useLingui();
  return <Badge tone={statusTones[status]}>{i18n._(statusWords[status])}</Badge>;
}

function Site({ service: { site } }: { service: ListedService }) {
  return (
    <span>
      {site.city} <span className={styles['quiet']}>{site.country}</span>
    </span>
  );
}

/** The accounts between which it is delivered; each leads to all of its services. */
function Accounts({ service: { contractAccount, deliveryAccount } }: { service: ListedService }) {
  return (
    <span>
      <Link to="/services" search={{ contractAccount: contractAccount.id }}>
        {contractAccount.name}
      </Link>
      {' → '}
      <Link to="/services" search={{ deliveryAccount: deliveryAccount.id }}>
        {deliveryAccount.name}
      </Link>
    </span>
  );
}
