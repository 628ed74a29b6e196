/// <reference types="vite/client" />

declare module 'messages:*' {
  import type { Messages } from '@lingui/core';
  export const messages: Messages;
}
