import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { Button } from '../shared/ui/Button';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { type CsvPart, cutCsv } from './cutCsv';
import { ImportResult } from './ImportResult';
import styles from './organizations.module.css';
import { useImport } from './useImport';

/** The size up to which a file is read, in bytes: some 200,000 services. */
const LARGEST = 30_000_000;

/** Imports services from a CSV file: chosen, checked, and then imported. */
export function ImportTab({ id }: { id: string }) {
  const { t } = useLingui();
  const [file, setFile] = useState<{ name: string; parts: CsvPart[] } | null>(null);
  const [refused, setRefused] = useState<{ name: string; isTooLarge: boolean } | null>(null);
  const [createAccounts, setCreateAccounts] = useState(false);
  const { run, forget, outcome, problem, progress } = useImport(id);
  const rows = file?.parts.reduce((sum, part) => sum + part.rows, 0) ?? 0;
  const choose = async (files: FileList | null) => {
    const chosen = files?.[0];
    if (!chosen) return;
    forget();
    const { name } = chosen;
    setFile(null);
    setRefused(null);
    if (chosen.size > LARGEST) setRefused({ name, isTooLarge: true });
    else {
      try {
        const text = new TextDecoder('utf-8', { fatal: true }).decode(await chosen.arrayBuffer());
        setFile({ name, parts: cutCsv(text) });
      } catch {
        setRefused({ name, isTooLarge: false });
      }
    }
  };
  const isClean = outcome?.isDryRun === true && outcome.isComplete && outcome.refused.length === 0 && outcome.errors.length === 0;
  const isResumable = outcome?.isDryRun === false && !outcome.isComplete;
  return (
    <div className={styles['import']}>
      <p className={styles['quiet']}>
        <Trans>
          A CSV file with the columns code, name, status, contract_account, delivery_account, city and country. Accounts are given by their names.
        </Trans>
      </p>
      <div className={styles['row']}>
        <FileTrigger acceptedFileTypes={['.csv', '.txt', 'text/csv', 'text/plain']} onSelect={(files) => void choose(files)}>
          <Button isDisabled={progress !== null}>
            <Trans>Choose a file</Trans>
          </Button>
        </FileTrigger>
        {file && (
          <span>
            {file.name}: <Plural value={rows} one="# line" other="# lines" />
          </span>
        )}
      </div>
      <p role="alert" className={styles['error']}>
        {refused && <RefusedFile {...refused} />}
      </p>
      <label className={styles['check']}>
        <input
          type="checkbox"
          checked={createAccounts}
          disabled={progress !== null}
          onChange={(event) => {
            setCreateAccounts(event.target.checked);
            forget();
          }}
        />
        <Trans>Create accounts that the organization doesn’t have</Trans>
      </label>
      <div className={styles['row']}>
        <Button
          isDisabled={!file}
          isPending={progress !== null}
          onPress={() => file && void run(file.parts, { createAccounts, dryRun: true })}
        >
          {progress?.isDryRun ? <Trans>Checking …</Trans> : <Trans>Check</Trans>}
        </Button>
        <Button
          variant="primary"
          isDisabled={!file || (!isClean && !isResumable)}
          isPending={progress !== null}
          onPress={() => file && void run(file.parts, { createAccounts, dryRun: false })}
        >
          {progress?.isDryRun === false ? <Trans>Importing …</Trans> : <Trans>Import</Trans>}
        </Button>
      </div>
      {progress && file && (
        <progress className={styles['progress']} aria-label={t`Progress`} value={progress.done} max={file.parts.length} />
      )}
      {problem && <ProblemNotice problem={problem} />}
      {outcome && <ImportResult outcome={outcome} />}
    </div>
  );
}

/** Why a file can't be imported. */
function RefusedFile({ name, isTooLarge }: { name: string; isTooLarge: boolean }) {
  return isTooLarge ? (
    <Trans>{name} is too large. Choose a file with fewer lines.</Trans>
  ) : (
    <Trans>{name} is not UTF-8. Save it as “CSV UTF-8”.</Trans>
  );
}
