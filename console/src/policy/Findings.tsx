import { Trans, useLingui } from '@lingui/react/macro';
import { Badge } from '../shared/ui/Badge';
import type { Finding } from './policyQuery';
import styles from './policy.module.css';

interface FindingsProps {
  findings: readonly Finding[];
  /** Shows the place in the editor. */
  onOpen?: (finding: Finding) => void;
}

/** What is wrong with a policy, each with its place. */
export function Findings({ findings, onOpen }: FindingsProps) {
  const { t } = useLingui();
  if (findings.length === 0) return null;
  return (
    <ul aria-label={t`Findings`} className={styles['findings']}>
      {findings.map((finding, place) => {
        const { severity, line, column, text, reason, suggestion } = finding;
        return (
          <li key={place}>
            <p>
              <Badge tone={severity === 'ERROR' ? 'danger' : 'waiting'}>
                {severity === 'ERROR' ? <Trans>Error</Trans> : <Trans>Warning</Trans>}
              </Badge>{' '}
              {onOpen ? (
                <button type="button" className={styles['place']} onClick={() => onOpen(finding)}>
                  <Trans>
                    Line {line}, column {column}
                  </Trans>
                </button>
              ) : (
                <Trans>
                  Line {line}, column {column}
                </Trans>
              )}{' '}
              <code className={styles['any']}>{text}</code>
            </p>
            <p lang="en">
              {reason} {suggestion}
            </p>
          </li>
        );
      })}
    </ul>
  );
}
