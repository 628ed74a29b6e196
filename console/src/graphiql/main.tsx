import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../shared/styles/tokens.css';
import '../shared/styles/base.css';
import { applyTheme } from '../shared/theme';
import { GraphiQLPage } from './GraphiQLPage';
import { trustMarkup } from './trustedHtml';

trustMarkup();
applyTheme();
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <GraphiQLPage />
    </StrictMode>,
  );
}
