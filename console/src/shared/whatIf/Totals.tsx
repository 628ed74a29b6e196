import type { MessageDescriptor } from '@lingui/core';
import { Trans, useLingui } from '@lingui/react/macro';
import { effects } from './askedChange';
import styles from './WhatIfDialog.module.css';
import type { Total } from './whatIfQuery';
import { choiceOf, effectWords, typeWords } from './whatIfWords';

/** From there on, the API stops counting. */
const MANY = 10_000;

/** How often each action would be lost and gained. */
export function Totals({ totals }: { totals: readonly Total[] }) {
  const { t, i18n } = useLingui();
  const rows = [...new Map(totals.map((total) => [`${total.type} ${total.action}`, total])).values()];
  const shown = effects.filter((effect) => totals.some((total) => total.effect === effect));
  // This version may not know all of them.
  const wordsOf = (words: MessageDescriptor | undefined, code: string) => (words ? i18n._(words) : code);
  const numberOf = (row: Total, effect: Total['effect']) => {
    const found = totals.find((total) => total.effect === effect && total.type === row.type && total.action === row.action);
    if (!found) return '–';
    return i18n.number(found.changes) + (found.changes >= MANY ? '+' : '');
  };
  return (
    <table className={styles['totals']} aria-label={t`What would change`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>Action</Trans>
          </th>
          {shown.map((effect) => (
            <th key={effect} scope="col">
              {i18n._(effectWords[effect])}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.type} ${row.action}`}>
            <th scope="row">
              {wordsOf(typeWords[row.type], row.type)}: {wordsOf(choiceOf(row.action), row.action)}
            </th>
            {shown.map((effect) => (
              <td key={effect}>{numberOf(row, effect)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
