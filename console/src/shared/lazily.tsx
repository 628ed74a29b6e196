import { type ComponentType, lazy, Suspense, useState } from 'react';
import { MissingFile } from './ui/MissingFile';
import { MissingFileBoundary } from './ui/MissingFileBoundary';
import { loadStylesAgain } from './version';

interface Closable {
  /** Called when somebody closes it although it could not be loaded. */
  onClose?: (isChanged: boolean) => void;
}

/** A component that is loaded when it is first shown, or when `preload` is called before. If it can't be loaded, the page
 *  stays as it is, and a dialog in its place says why and tries again. */
export function lazily<Name extends string, Props extends object>(load: () => Promise<Record<Name, ComponentType<Props>>>, name: Name) {
  const loading = (before = Promise.resolve()) =>
    lazy(async () => ({ default: (await before.then(load))[name] as ComponentType<object> }));
  // What is shown twice is loaded once; what could not be loaded is loaded anew.
  let Loaded = loading();
  const Lazily = (props: Props & Closable) => {
    const [attempt, setAttempt] = useState(0);
    const retry = () => {
      Loaded = loading(loadStylesAgain());
      setAttempt(attempt + 1);
    };
    const { onClose } = props;
    return (
      <MissingFileBoundary
        key={attempt}
        fallback={<MissingFile isRetried={attempt > 0} onRetry={retry} onClose={onClose && (() => onClose(false))} />}
      >
        <Suspense>
          <Loaded {...props} />
        </Suspense>
      </MissingFileBoundary>
    );
  };
  return Object.assign(Lazily, { preload: () => void load().catch(() => undefined) });
}

/** Calls it as soon as the browser has nothing else to do. */
export function whenIdle(preload: () => void): void {
  if ('requestIdleCallback' in window) window.requestIdleCallback(preload);
  else setTimeout(preload, 2000);
}
