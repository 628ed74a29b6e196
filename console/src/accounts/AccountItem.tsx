import { Plural, Trans } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { WhoCanSeeButton } from '../shared/access/WhoCanSeeButton';
import styles from './AccountsPage.module.css';
import type { ListedAccount } from './accountsQuery';

type Service = ListedAccount['services']['nodes'][number];

/** A contract account, below it its delivery accounts, and below these the services. */
export function AccountItem({ account }: { account: ListedAccount }) {
  const { deliveryAccounts, organization, services } = account;
  const mayAsk = organization.viewerCan.includes('REVIEW_ACCESS');
  const others = deliveryAccounts.totalCount - deliveryAccounts.nodes.length;
  const otherServices = services.totalCount - services.nodes.length;
  return (
    <li className={styles['account']}>
      <div className={styles['head']}>
        <div>
          <h2>{account.name}</h2>
          <p className={styles['quiet']}>
            <Plural value={deliveryAccounts.totalCount} one="# delivery account" other="# delivery accounts" /> ·{' '}
            <Plural value={services.totalCount} one="# service" other="# services" />
          </p>
        </div>
        {mayAsk && <WhoCanSeeButton id={account.id} name={account.name} />}
      </div>
      <ul className={styles['deliveries']}>
        {deliveryAccounts.nodes.map((delivery) => (
          <li key={delivery.id}>
            <div className={styles['head']}>
              <h3>{delivery.name}</h3>
              {mayAsk && <WhoCanSeeButton id={delivery.id} name={delivery.name} />}
            </div>
            <Services services={services.nodes.filter(({ deliveryAccount }) => deliveryAccount.id === delivery.id)} />
          </li>
        ))}
      </ul>
      {(others > 0 || otherServices > 0) && (
        <p className={styles['quiet']}>
          {others > 0 && (
            <>
              <Plural value={others} one="# more delivery account." other="# more delivery accounts." />{' '}
            </>
          )}
          {otherServices > 0 && (
            <>
              <Plural value={otherServices} one="# more service." other="# more services." />{' '}
            </>
          )}
          <Link to="/services" search={{ contractAccount: account.id }}>
            <Trans>Show all services of {account.name}</Trans>
          </Link>
        </p>
      )}
    </li>
  );
}

function Services({ services }: { services: readonly Service[] }) {
  if (services.length === 0) return null;
  return (
    <ul className={styles['services']}>
      {services.map(({ id, code, name }) => (
        <li key={id}>
          <code>{code}</code> {name}
        </li>
      ))}
    </ul>
  );
}
