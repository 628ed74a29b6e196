import { Trans, useLingui } from '@lingui/react/macro';
import { useId, useState } from 'react';
import type { Audience } from '../../gql/graphql';
import { usePart } from '../../shared/api/opening';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { SearchField } from '../../shared/ui/SearchField';
import { Messages } from '../access/Messages';
import { TemplateOffer } from './formQueries';
import type { ChosenTemplate } from './givenAccess';
import styles from './templates.module.css';

interface TemplateChoiceProps {
  audience: Audience;
  template: ChosenTemplate | null;
  onChange: (template: ChosenTemplate | null) => void;
  messages: readonly string[] | undefined;
}

/** The templates that new users can get their access from; nothing if there are none. */
export function TemplateChoice({ audience, template, onChange, messages }: TemplateChoiceProps) {
  const { t } = useLingui();
  const id = useId();
  const [search, setSearch] = useState('');
  const { data, problem, retry } = usePart(TemplateOffer, { templateSearch: search });
  const { nodes = [], totalCount = 0 } = data?.accessTemplates ?? {};
  const found = nodes.filter((node) => node.audience === audience);
  const offered = template && !found.some((node) => node.id === template.id) ? [template, ...found] : found;
  const isSearched = search !== '' || totalCount > nodes.length;
  if (problem) return <ProblemNotice problem={problem} retry={retry} />;
  if (offered.length === 0 && !isSearched) return null;
  return (
    <div className={styles['select']}>
      <label htmlFor={id}>
        <Trans>Template</Trans>
      </label>
      {isSearched && <SearchField label={t`Search templates`} value={search} onSearch={setSearch} />}
      <select
        id={id}
        name="template"
        value={template?.id ?? ''}
        aria-invalid={messages ? true : undefined}
        aria-describedby={messages ? `${id}-errors` : undefined}
        onChange={({ target }) => onChange(offered.find((node) => node.id === target.value) ?? null)}
      >
        <option value="">{t`None`}</option>
        {offered.map((node) => (
          <option key={node.id} value={node.id}>
            {node.name}
          </option>
        ))}
      </select>
      <Messages id={`${id}-errors`} messages={messages} />
    </div>
  );
}
