import { Plural, Trans } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useViewer } from '../session/session';
import { WhoCanSeeButton } from '../shared/access/WhoCanSeeButton';
import type { Change } from '../shared/whatIf/askedChange';
import { WhatIfButton } from '../shared/whatIf/WhatIfButton';
import styles from './AccountsPage.module.css';
import { countHidden, type ListedAccount } from './accountsQuery';

type Service = ListedAccount['services']['nodes'][number];

/** An account, below it the accounts of the other kind that its services tie it to, and below these the services. */
export function AccountItem({ account, isDelivery }: { account: ListedAccount; isDelivery: boolean }) {
  const { others, organization, services } = account;
  const mayAsk = organization.viewerCan.includes('REVIEW_ACCESS');
  const moreAccounts = others.totalCount - others.nodes.length;
  const moreServices = countHidden(account);
  // Accounts of several organizations may have the same name.
  const isStaff = !useViewer().organization;
  return (
    <li className={styles['account']}>
      <div className={styles['head']}>
        <div>
          <h2>{account.name}</h2>
          <p className={styles['quiet']}>
            {isStaff && <>{organization.name} · </>}
            {isDelivery ? (
              <Plural value={others.totalCount} one="# contract account" other="# contract accounts" />
            ) : (
              <Plural value={others.totalCount} one="# delivery account" other="# delivery accounts" />
            )}{' '}
            ·{' '}
            <Plural value={services.totalCount} one="# service" other="# services" />
          </p>
        </div>
        {mayAsk && <Questions change="close" id={account.id} name={account.name} />}
      </div>
      <ul className={styles['deliveries']}>
        {others.nodes.map((other) => (
          <li key={other.id}>
            <div className={styles['head']}>
              <h3>{other.name}</h3>
              {mayAsk && <Questions change="close" id={other.id} name={other.name} />}
            </div>
            <Services services={services.nodes.filter((service) => service.other.id === other.id)} mayAsk={mayAsk} />
          </li>
        ))}
      </ul>
      {(moreAccounts > 0 || moreServices > 0) && (
        <p className={styles['quiet']}>
          {moreAccounts > 0 && (
            <>
              {isDelivery ? (
                <Plural value={moreAccounts} one="# more contract account." other="# more contract accounts." />
              ) : (
                <Plural value={moreAccounts} one="# more delivery account." other="# more delivery accounts." />
              )}{' '}
            </>
          )}
          {moreServices > 0 && (
            <>
              <Plural value={moreServices} one="# more service." other="# more services." />{' '}
            </>
          )}
          <Link to="/services" search={isDelivery ? { deliveryAccount: account.id } : { contractAccount: account.id }}>
            <Trans>Show all services of {account.name}</Trans>
          </Link>
        </p>
      )}
    </li>
  );
}

/** What those who may review access ask about an account or a service. */
function Questions({ change, id, name }: { change: Change; id: string; name: string }) {
  return (
    <div className={styles['questions']}>
      <WhoCanSeeButton id={id} name={name} />
      <WhatIfButton change={change} id={id} name={name} />
    </div>
  );
}

function Services({ services, mayAsk }: { services: readonly Service[]; mayAsk: boolean }) {
  if (services.length === 0) return null;
  return (
    <ul className={styles['services']}>
      {services.map(({ id, code, name }) => (
        <li key={id} className={styles['head']}>
          <span>
            <code>{code}</code> {name}
          </span>
          {mayAsk && <Questions change="move" id={id} name={code} />}
        </li>
      ))}
    </ul>
  );
}
