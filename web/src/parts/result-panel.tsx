import type { ReactNode } from 'react';
import type { Generation, Picture } from '../api/images.js';
import { QUIET_LINK } from './button.js';
import { KeepButton } from './keep-button.js';
import { Receipt } from './receipt.js';

interface ResultPanelProps {
  readonly generation: Generation;
  readonly picture: Picture;
  /** Before what every screen offers. */
  readonly lead?: ReactNode;
  /** After it. */
  readonly children?: ReactNode;
}

/** What can be done with a picture that was just made, and its receipt. */
export function ResultPanel({ generation, picture, lead, children }: ResultPanelProps) {
  return (
    <>
      <div className="flex flex-wrap items-center gap-1 pb-2">
        {lead}
        <KeepButton generation={generation} picture={picture} />
        {picture.url !== undefined && (
          <a href={`${picture.url}&download`} className={QUIET_LINK}>
            Download
          </a>
        )}
        {children}
      </div>
      <details className="mt-1 border-t border-line">
        <summary className="rounded-sm py-2.5 text-sm text-soft hover:text-ink">Receipt</summary>
        <div className="pt-1 pb-5">
          <Receipt generation={generation} picture={picture} />
        </div>
      </details>
    </>
  );
}
