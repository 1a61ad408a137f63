import type { ReactNode } from 'react';
import { ApiFailure } from '../../api/client.js';
import { Notice } from '../../parts/notice.js';
import { FailureNotice } from '../../parts/failure-notice.js';

interface EditFailureProps {
  readonly title?: string;
  readonly error: Error;
  readonly onRetry?: () => void;
  /** What can be done at once. */
  readonly children?: ReactNode;
}

/** Why a picture can't be taken or an edit doesn't begin: in the words of the server, with what helps. Nothing has run. */
export function EditFailure({ title, error, onRetry, children }: EditFailureProps) {
  const code = error instanceof ApiFailure ? error.facts.code : '';
  const param = error instanceof ApiFailure ? (error.facts.param ?? '') : '';
  const advice = adviceFor(code, param);
  if (advice === undefined) {
    return (
      <FailureNotice
        title={title ?? 'The picture was not changed'}
        message={error.message}
        code={code}
        onRetry={onRetry}
      />
    );
  }
  return (
    <Notice kind="bad" title={title ?? 'The picture was not changed'}>
      <p>{error.message}</p>
      <p className="text-soft">Nothing was charged. {advice}</p>
      {children}
    </Notice>
  );
}

/** What helps against refusals that are about pictures. */
function adviceFor(code: string, param: string): string | undefined {
  switch (code) {
    case 'invalid_image':
    case 'invalid_file':
      return param === 'mask'
        ? 'Clear the mask and mark the place once more.'
        : 'Choose another picture, or save it as PNG or JPEG with fewer pixels.';
    case 'payload_too_large':
      return 'Choose a smaller picture, or save it as JPEG.';
    case 'image_expired':
    case 'file_not_found':
    case 'not_found':
      return 'Pictures that are not kept go after a day. Choose another one.';
    case 'file_lost':
      return 'Uploading the picture once more helps.';
    case 'mask_not_supported':
    case 'edit_not_supported':
      return 'Choose another model.';
    default:
      return undefined;
  }
}
