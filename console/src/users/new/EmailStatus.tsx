import { Trans } from '@lingui/react/macro';
import { useRead } from '../../shared/api/operations';
import { useSettled } from '../../shared/useSettled';
import { EmailCheck } from './queries';

/** Says while an email address is typed whether it can be used. */
export function EmailStatus({ email }: { email: string }) {
  const address = email.trim();
  const settled = useSettled(address);
  const isComplete = /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(settled);
  const { data, isReading, problem } = useRead(EmailCheck, { email: settled }, { pause: !isComplete });
  const check = data?.emailAvailability;
  if (!isComplete || settled !== address || isReading) return isComplete && isReading ? <Trans>Checking …</Trans> : null;
  if (problem) return problem.kind === 'busy' ? <Trans>Too many checks. The address is checked when you save.</Trans> : null;
  if (check?.state === 'AVAILABLE') return <Trans>This address is free.</Trans>;
  if (check?.state === 'TAKEN' && check.user) return <Trans>This address belongs to {check.user.displayName}.</Trans>;
  return check ? <Trans>This address is not available.</Trans> : null;
}
