import { Trans } from '@lingui/react/macro';
import { Button } from '../shared/ui/Button';
import { dismissNewVersion, useVersion } from '../shared/version';
import styles from './NewVersionBanner.module.css';

/** Asks for a reload if the server has a new version. The page stays as it is until then, with what has been typed. */
export function NewVersionBanner() {
  const isShown = useVersion() === 'outdated';
  return (
    <div role="status" className={styles['place']}>
      {isShown && (
        <div className={styles['banner']}>
          <p>
            <strong>
              <Trans>A new version has been installed.</Trans>
            </strong>{' '}
            <Trans>Reload the page to use it. What you have typed about users is kept.</Trans>
          </p>
          <Button variant="primary" onPress={() => location.reload()}>
            <Trans>Reload</Trans>
          </Button>
          <Button onPress={dismissNewVersion}>
            <Trans>Later</Trans>
          </Button>
        </div>
      )}
    </div>
  );
}
