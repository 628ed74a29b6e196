import { type ComponentType, lazy, Suspense } from 'react';

/** A component that is loaded when it is first shown, or when `preload` is called before. */
export function lazily<Name extends string, Props extends object>(load: () => Promise<Record<Name, ComponentType<Props>>>, name: Name) {
  // What is shown twice is loaded once; what could not be loaded is tried again when it is shown.
  const Loaded = lazy(async () => ({ default: (await load())[name] as ComponentType<object> }));
  const Lazily = (props: Props) => (
    <Suspense>
      <Loaded {...props} />
    </Suspense>
  );
  return Object.assign(Lazily, { preload: () => void load().catch(() => undefined) });
}

/** Calls it as soon as the browser has nothing else to do. */
export function whenIdle(preload: () => void): void {
  if ('requestIdleCallback' in window) window.requestIdleCallback(preload);
  else setTimeout(preload, 2000);
}
