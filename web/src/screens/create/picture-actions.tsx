import type { Generation, ImageWish, Picture } from '../../api/images.js';
import { Link } from '../../app/router.js';
import { findScreen } from '../../app/screens.js';
import { Button, QUIET_LINK } from '../../parts/button.js';
import { CodeDialog } from './code-dialog.js';
import { ReplayDialog } from '../../parts/replay-dialog.js';

interface PictureActionsProps {
  readonly picture: Picture;
  readonly wish: ImageWish;
  readonly onVary: (wish: ImageWish) => void;
  readonly onMade: (generation: Generation, wish: ImageWish, note: string) => void;
}

/** What Create offers besides for a picture. */
export function PictureActions({ picture, wish, onVary, onMade }: PictureActionsProps) {
  const editor = findScreen('/edit');
  return (
    <>
      {editor !== undefined && picture.url !== undefined && (
        <Link href={`${editor.path}?image=${picture.id}`} className={QUIET_LINK}>
          Use as input
        </Link>
      )}
      <Button
        look="quiet"
        onClick={() => {
          onVary({ ...wish, seed: undefined });
        }}
      >
        Vary
      </Button>
      <ReplayDialog
        picture={picture}
        onMade={(made, note) => {
          onMade(made, { ...wish, n: 1 }, note);
        }}
      />
      <CodeDialog wish={wish} />
    </>
  );
}
