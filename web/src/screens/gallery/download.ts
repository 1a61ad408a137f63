import type { ListedPicture } from '../../api/pictures.js';

/** Browsers drop downloads that begin too fast after each other. */
const APART_MS = 250;

/** Saves pictures as they are, one file each. */
export function download(pictures: readonly ListedPicture[]): void {
  pictures
    .flatMap(({ url }) => url ?? [])
    .forEach((url, index) => {
      setTimeout(() => {
        const link = document.createElement('a');
        link.href = `${url}&download`;
        link.download = '';
        document.body.append(link);
        link.click();
        link.remove();
      }, index * APART_MS);
    });
}
