import { msg } from '@lingui/core/macro';
import type { MessageDescriptor } from '@lingui/core';
import { useLingui } from '@lingui/react';
import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import { mayAddUsers, mayChangeSettings, type SessionViewer, useViewer } from '../session/session';
import { Icon, type IconName } from '../shared/ui/Icon';
import styles from './LeftMenu.module.css';

interface MenuLink {
  to:
    | '/users/organization'
    | '/users/delivery'
    | '/users/templates'
    | '/accounts'
    | '/services'
    | '/activity'
    | '/access-requests'
    | '/access-reviews'
    | '/api-clients'
    | '/settings'
    | '/provisioning'
    | '/organizations'
    | '/policy';
  label: MessageDescriptor;
  icon: IconName;
  /** Whether it is of use to this person, by what the API offers them. */
  isFor: (viewer: SessionViewer) => boolean;
}

interface MenuSection {
  heading: MessageDescriptor;
  links: MenuLink[];
}

/** Staff have no organization of their own, and review that of any. */
function mayReview({ organization, viewerCan }: SessionViewer): boolean {
  return organization?.viewerCan.includes('REVIEW_ACCESS') ?? viewerCan.includes('CREATE_ORGANIZATION');
}

/** The areas of the console: each adds its links here. */
const sections: MenuSection[] = [
  {
    heading: msg`User management`,
    links: [
      { to: '/users/organization', label: msg`My organization`, icon: 'building', isFor: ({ organization }) => organization !== null },
      // Staff see the people of all.
      { to: '/users/organization', label: msg`All organizations`, icon: 'building', isFor: ({ organization }) => organization === null },
      { to: '/users/delivery', label: msg`Delivery account`, icon: 'truck', isFor: () => true },
      { to: '/users/templates', label: msg`Templates`, icon: 'user', isFor: mayAddUsers },
      { to: '/settings', label: msg`Settings`, icon: 'sliders', isFor: mayChangeSettings },
      { to: '/provisioning', label: msg`Sign-in and provisioning`, icon: 'key', isFor: mayChangeSettings },
    ],
  },
  {
    heading: msg`What I see`,
    links: [
      { to: '/accounts', label: msg`Accounts`, icon: 'document', isFor: () => true },
      { to: '/services', label: msg`Services`, icon: 'network', isFor: () => true },
      // Everybody sees at least what concerns themselves.
      { to: '/activity', label: msg`Activity`, icon: 'activity', isFor: () => true },
      { to: '/access-requests', label: msg`Access requests`, icon: 'request', isFor: () => true },
      { to: '/access-reviews', label: msg`Access reviews`, icon: 'check', isFor: mayReview },
    ],
  },
  {
    heading: msg`Programs`,
    links: [
      { to: '/api-clients', label: msg`API clients`, icon: 'key', isFor: ({ viewerCan }) => viewerCan.includes('CREATE_API_CLIENT') },
    ],
  },
  {
    heading: msg`Platform`,
    links: [
      { to: '/organizations', label: msg`Organizations`, icon: 'building', isFor: ({ viewerCan }) => viewerCan.includes('CREATE_ORGANIZATION') },
      { to: '/policy', label: msg`Policy`, icon: 'check', isFor: ({ viewerCan }) => viewerCan.includes('VIEW_POLICY') },
    ],
  },
];

export function LeftMenu() {
  const viewer = useViewer();
  return (
    <div className={styles['menu']}>
      {sections.map(({ heading, links }) => (
        <Section key={links[0]?.to} heading={heading} links={links.filter(({ isFor }) => isFor(viewer))} />
      ))}
    </div>
  );
}

function Section({ heading, links }: MenuSection) {
  const { _ } = useLingui();
  const id = useId();
  if (links.length === 0) return null;
  return (
    <nav aria-labelledby={id}>
      <h2 id={id} className={styles['heading']}>
        {_(heading)}
      </h2>
      <ul className={styles['links']}>
        {links.map(({ to, label, icon }) => (
          <li key={to}>
            <Link to={to} className={styles['link']} activeOptions={{ includeSearch: false }}>
              <Icon name={icon} />
              {_(label)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
