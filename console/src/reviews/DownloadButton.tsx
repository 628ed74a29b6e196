import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useClient } from 'urql';
import type { AccessReviewEntryFilter } from '../gql/graphql';
import { sendable } from '../shared/api/document';
import { type Problem, problemOf } from '../shared/api/problem';
import { Button } from '../shared/ui/Button';
import { Icon } from '../shared/ui/Icon';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { entriesCsv } from './entriesCsv';
import { type Entry, ReviewFile } from './reviewsQuery';

interface DownloadButtonProps {
  review: string;
  filter: AccessReviewEntryFilter;
  count: number;
}

/** Reads all entries that the filters leave, page by page, and saves them as a file. */
export function DownloadButton({ review, filter, count }: DownloadButtonProps) {
  const { t } = useLingui();
  const client = useClient();
  const [progress, setProgress] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const download = async () => {
    setProblem(null);
    const entries: Entry[] = [];
    let after: string | null = null;
    do {
      setProgress(Math.round((100 * entries.length) / Math.max(count, 1)));
      const variables: { id: string; after: string | null; filter: AccessReviewEntryFilter } = { id: review, after, filter };
      const { data, error } = await client.query(sendable(ReviewFile), variables, { requestPolicy: 'network-only' }).toPromise();
      if (error) setProblem(problemOf(error));
      if (data?.node?.__typename !== 'AccessReview') break;
      const { nodes, pageInfo } = data.node.entries;
      entries.push(...nodes);
      after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null;
      if (!after) save(entriesCsv(entries), `access-review-${new Date().toISOString().slice(0, 10)}.csv`);
    } while (after);
    setProgress(null);
  };
  return (
    <>
      <Button isPending={progress !== null} onPress={() => void download()}>
        <Icon name="down" />
        {progress === null ? <Trans>Download CSV</Trans> : t`Reading … ${progress} %`}
      </Button>
      {problem && <ProblemNotice problem={problem} />}
    </>
  );
}

function save(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
