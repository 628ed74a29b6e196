import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useNavigate } from '@tanstack/react-router';
import { NotFoundPage } from '../../frame/FailedPage';
import { mayAddUsers, useViewer } from '../../session/session';
import { useRead } from '../../shared/api/operations';
import { lazily } from '../../shared/lazily';
import { Button } from '../../shared/ui/Button';
import { EmptyState } from '../../shared/ui/EmptyState';
import { Filters } from '../../shared/ui/Filter';
import { Icon } from '../../shared/ui/Icon';
import { PagedList } from '../../shared/ui/PagedList';
import { SearchField } from '../../shared/ui/SearchField';
import { Skeleton } from '../../shared/ui/Skeleton';
import { useListAddress } from '../../shared/useListAddress';
import { useTitle } from '../../shared/useTitle';
import { TemplateItem } from './TemplateItem';
import styles from './templates.module.css';
import { AccessTemplates } from './templatesQuery';
import { templatesVariables, validateTemplatesSearch } from './templatesSearch';

const RemoveTemplateDialog = lazily(() => import('./RemoveTemplateDialog'), 'RemoveTemplateDialog');

/** The templates, for those who may add users. What it shows is in the address. */
export function TemplatesPage() {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { search, show, turn } = useListAddress(validateTemplatesSearch);
  const may = mayAddUsers(useViewer());
  const read = useRead(AccessTemplates, templatesVariables(search), { pause: !may });
  useTitle(t`Templates`);
  if (!may) return <NotFoundPage />;
  const templates = read.data?.accessTemplates;
  const removed = templates?.nodes.find(({ id }) => id === search.template);
  return (
    <div className={styles['page']}>
      <header className={styles['head']}>
        <div>
          <h1>
            <Trans>Templates</Trans>
          </h1>
          <p className={styles['quiet']}>
            <Trans>Named sets of permissions and accounts, to add and change users from.</Trans>
          </p>
        </div>
        <Button variant="primary" onPress={() => void navigate({ to: '/users/templates/new' })}>
          <Icon name="plus" />
          <Trans>New template</Trans>
        </Button>
      </header>
      <Filters label={t`Templates`} onClear={search.search ? () => show({}) : undefined}>
        <SearchField label={t`Search templates`} value={search.search ?? ''} onSearch={(text) => show({ search: text || undefined })} />
      </Filters>
      <PagedList
        read={read}
        page={templates}
        position={search}
        onTurn={turn}
        count={<Plural value={templates?.totalCount ?? 0} one="# template" other="# templates" />}
        empty={<EmptyTemplates isFiltered={search.search !== undefined} />}
      >
        <ul className={styles['templates']} aria-label={t`Templates`} aria-busy={read.isReading}>
          {templates ? (
            templates.nodes.map((template) => (
              <TemplateItem key={template.id} template={template} onRemove={() => show({ ...search, act: 'remove', template: template.id })} />
            ))
          ) : (
            <SkeletonItems />
          )}
        </ul>
      </PagedList>
      {search.act === 'remove' && removed?.viewerCan.includes('REMOVE') && (
        <RemoveTemplateDialog
          template={removed}
          onClose={(isRemoved) => {
            if (isRemoved) read.retry();
            show({ ...search, act: undefined, template: undefined });
          }}
        />
      )}
    </div>
  );
}

function EmptyTemplates({ isFiltered }: { isFiltered: boolean }) {
  const { t } = useLingui();
  if (isFiltered) {
    return (
      <EmptyState title={t`No templates found`}>
        <Trans>No template that you see matches the search.</Trans>
      </EmptyState>
    );
  }
  return (
    <EmptyState title={t`No templates yet`}>
      <Trans>Create one for each kind of user that you add often. You see the templates that hold only what you may give.</Trans>
    </EmptyState>
  );
}

function SkeletonItems() {
  return [0.4, 0.3].map((width) => (
    <li key={width} aria-hidden="true" className={styles['template']}>
      <Skeleton width={width} />
      <Skeleton width={width + 0.3} />
    </li>
  ));
}
