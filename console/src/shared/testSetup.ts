import { i18n } from '@lingui/core';
import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

// Tests see the messages as they are in the sources.
i18n.loadAndActivate({ locale: 'en', messages: {} });
afterEach(cleanup);
