import type { ReactNode } from 'react';
import { Button } from './Button';
import { Icon } from './Icon';
import styles from './ListTable.module.css';

interface SortableHeadProps<Order extends string> {
  ascending: Order;
  descending: Order;
  /** The order of the list. */
  order: Order;
  onOrder: (order: Order) => void;
  className?: string | undefined;
  children: ReactNode;
}

/** The head of a column by which one can order: the first press orders ascending, the next one descending. */
export function SortableHead<Order extends string>({ ascending, descending, order, onOrder, className = '', children }: SortableHeadProps<Order>) {
  const sort = order === ascending ? 'ascending' : order === descending ? 'descending' : 'none';
  return (
    <th scope="col" aria-sort={sort} className={`${styles['head']} ${className}`}>
      <Button variant="quiet" className={styles['sort']} onPress={() => onOrder(sort === 'ascending' ? descending : ascending)}>
        {children}
        <span className={styles['arrow']}>{sort !== 'none' && <Icon name={sort === 'ascending' ? 'up' : 'down'} size={14} />}</span>
      </Button>
    </th>
  );
}
