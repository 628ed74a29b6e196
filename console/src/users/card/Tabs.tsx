import type { ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs as AriaTabs } from 'react-aria-components/Tabs';
import styles from './Tabs.module.css';

interface TabsProps<Key extends string> {
  label: string;
  tabs: readonly { key: Key; title: string }[];
  selected: Key;
  onSelect: (key: Key) => void;
  /** The content of the tab that is selected. */
  children: ReactNode;
}

/** Tabs, of which the address says the selected one. */
export function Tabs<Key extends string>({ label, tabs, selected, onSelect, children }: TabsProps<Key>) {
  return (
    <AriaTabs selectedKey={selected} onSelectionChange={(key) => key !== selected && onSelect(key as Key)} className={styles['tabs']}>
      <TabList aria-label={label} className={styles['list']}>
        {tabs.map(({ key, title }) => (
          <Tab key={key} id={key} className={styles['tab']}>
            {title}
          </Tab>
        ))}
      </TabList>
      {/* A panel keeps the id that it began with. */}
      <TabPanel key={selected} id={selected} className={styles['panel']}>
        {children}
      </TabPanel>
    </AriaTabs>
  );
}
