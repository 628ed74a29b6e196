import { useLingui } from '@lingui/react/macro';
import styles from './secondFactors.module.css';

/** A QR code for the camera of a phone: dark on white, also on a dark page. */
export function QrCode({ size, path }: { size: number; path: string }) {
  const { t } = useLingui();
  return (
    <svg className={styles['qr']} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t`QR code of the key`} shapeRendering="crispEdges">
      <path d={path} stroke="#000" fill="none" />
    </svg>
  );
}
