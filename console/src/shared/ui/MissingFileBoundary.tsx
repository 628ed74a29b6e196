import { Component, type ReactNode } from 'react';
import { isMissingFile } from '../version';

interface MissingFileBoundaryProps {
  /** Shown in the place of what can't be loaded. */
  fallback: ReactNode;
  children: ReactNode;
}

/** Keeps a missing file from taking the whole page with it. Any other error goes on to the page. */
export class MissingFileBoundary extends Component<MissingFileBoundaryProps, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    if (isMissingFile(error)) return this.props.fallback;
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- as it was thrown
    throw error;
  }
}
