import type { ReactNode } from 'react';
import type { Generation, Picture } from '../api/images.js';
import { Credits } from './credits.js';
import { formatSize, whereabouts } from './whereabouts.js';

interface ReceiptProps {
  readonly generation: Generation;
  readonly picture: Picture;
}

/** Where a picture ran, what it cost, what was sent, and what differs from the wish. */
export function Receipt({ generation, picture }: ReceiptProps) {
  const { receipt, attempts, adjustments } = generation;
  if (receipt === undefined) return null;
  const seconds = attempts.reduce((longest, attempt) => Math.max(longest, attempt.duration_ms), 0) / 1000;
  const told = adjustments.filter(({ param }) => param !== 'partial_images');
  return (
    <dl className="grid gap-x-8 gap-y-3 text-sm sm:grid-cols-2">
      <Row name="Model">
        {picture.model ?? receipt.model}
        {receipt.fallback_from !== undefined && ` (in place of ${receipt.fallback_from})`}
      </Row>
      <Row name="Ran">{whereabouts(receipt)}</Row>
      <Row name="Cost">
        <Credits amount={receipt.credits_charged} mode={receipt.mode} />
        {receipt.credits_quoted > receipt.credits_charged && (
          <span className="text-soft">
            {' '}
            of at most <Credits amount={receipt.credits_quoted} mode={receipt.mode} />
          </span>
        )}
      </Row>
      <Row name="Took">{seconds.toFixed(seconds < 10 ? 1 : 0)} s</Row>
      <Row name="Picture">
        {formatSize(`${picture.width}x${picture.height}`)},{' '}
        {picture.mime_type.slice('image/'.length).toUpperCase()}
      </Row>
      {picture.seed !== undefined && <Row name="Seed">{picture.seed}</Row>}
      <Row name="Prompt sent" wide>
        {receipt.prompt_sent}
      </Row>
      {receipt.negative_prompt_sent !== undefined && (
        <Row name="Told to avoid" wide>
          {receipt.negative_prompt_sent}
        </Row>
      )}
      {picture.revised_prompt !== undefined && (
        <Row name="As the provider reworded it" wide>
          {picture.revised_prompt}
        </Row>
      )}
      {told.length > 0 && (
        <Row name="Adapted" wide>
          <ul className="ml-4 list-disc space-y-1 marker:text-line">
            {told.map(({ param, reason }) => (
              <li key={param + reason}>
                {reason.charAt(0).toUpperCase()}
                {reason.slice(1)}.
              </li>
            ))}
          </ul>
        </Row>
      )}
      <Row name="Content credentials">
        {picture.provenance?.c2pa === true ? 'signed, as the provider delivered them' : 'none'}
      </Row>
      <Row name="Generation">
        <code className="font-mono text-xs break-all">{generation.id}</code>
      </Row>
    </dl>
  );
}

interface RowProps {
  readonly name: string;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

function Row({ name, wide = false, children }: RowProps) {
  return (
    <div className={wide ? 'sm:col-span-2' : ''}>
      <dt className="text-xs text-soft">{name}</dt>
      <dd className="mt-0.5 whitespace-pre-wrap">{children}</dd>
    </div>
  );
}
