import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useId, useState } from 'react';
import { errorTexts } from '../shared/api/errorWords';
import { useWrite } from '../shared/api/operations';
import { useSaid } from '../shared/useSaid';
import type { Problem } from '../shared/api/problem';
import { ActionDialog } from '../shared/ui/ActionDialog';
import { Losses } from './Losses';
import styles from './reviews.module.css';
import { type Review, SignOffReview } from './reviewsQuery';

/** Signs a review off, and takes away what is marked, which it lists before. */
export function SignOffDialog({ review, onClose }: { review: Review; onClose: () => void }) {
  const { t } = useLingui();
  const id = useId();
  const { send, isSending } = useWrite(SignOffReview);
  const { taken, undecided } = review;
  const [note, setNote] = useState('');
  const [carryOut, setCarryOut] = useState(taken.totalCount > 0);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [errors, setErrors] = useSaid<string[]>([]);
  const run = async () => {
    setErrors(() => []);
    const written = await send({ id: review.id, note: note || null, carryOut });
    setProblem(written.problem);
    if (!written.data) return;
    const found = written.data.signOffAccessReview.errors;
    setErrors(() => errorTexts(found));
    if (found.length === 0) onClose();
  };
  const action = { run: () => void run(), isSending, problem, errors };
  return (
    <ActionDialog title={t`Sign off this access review?`} confirm={t`Sign off`} action={action} isDangerous={carryOut} onClose={onClose}>
      <p>
        <Trans>This can’t be undone, and nothing of the review can be changed afterwards.</Trans>
      </p>
      {undecided.totalCount > 0 && (
        <p>
          <Plural value={undecided.totalCount} one="# entry is not marked: it stays as it is." other="# entries are not marked: they stay as they are." />
        </p>
      )}
      {taken.totalCount > 0 && (
        <>
          <label className={styles['choice']}>
            <input type="checkbox" checked={carryOut} onChange={(event) => setCarryOut(event.target.checked)} />
            <Plural value={taken.totalCount} one="Take away # entry now" other="Take away # entries now" />
          </label>
          {carryOut && <Losses entries={taken.nodes} count={taken.totalCount} />}
        </>
      )}
      <div className={styles['note']}>
        <label htmlFor={id}>
          <Trans>Note</Trans>
        </label>
        <textarea id={id} rows={3} maxLength={1000} value={note} onChange={(event) => setNote(event.target.value)} />
      </div>
    </ActionDialog>
  );
}
