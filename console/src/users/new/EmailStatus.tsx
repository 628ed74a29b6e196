import { Trans } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { useRead } from '../../shared/api/operations';
import { EmailCheck } from './queries';

/** How long after the last key an address is checked, in milliseconds. */
const PAUSE = 400;

/** Says while an email address is typed whether it can be used. */
export function EmailStatus({ email }: { email: string }) {
  const [settled, setSettled] = useState('');
  const address = email.trim();
  useEffect(() => {
    const timer = setTimeout(() => setSettled(address), PAUSE);
    return () => clearTimeout(timer);
  }, [address]);
  const isComplete = /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(settled);
  const { data, isReading, problem } = useRead(EmailCheck, { email: settled }, { pause: !isComplete });
  const check = data?.emailAvailability;
  if (!isComplete || settled !== address || isReading) return isComplete && isReading ? <Trans>Checking …</Trans> : null;
  if (problem) return problem.kind === 'busy' ? <Trans>Too many checks. The address is checked when you save.</Trans> : null;
  if (check?.state === 'AVAILABLE') return <Trans>This address is free.</Trans>;
  if (check?.state === 'TAKEN' && check.user) return <Trans>This address belongs to {check.user.displayName}.</Trans>;
  return check ? <Trans>This address is not available.</Trans> : null;
}
