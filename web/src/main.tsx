import './theme/theme.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import * as z from 'zod/mini';
import { App } from './app/app.js';
import { applyTheme } from './theme/theme-choice.js';

// The policy of the page forbids making code from text, which zod would try.
z.config({ jitless: true });
applyTheme();

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no place for the app');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
