/** Things to leave out, as they are written in one line. */
export function splitAvoided(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/[,;；\n，、]/)
        .map((thing) => thing.trim())
        .filter((thing) => thing !== ''),
    ),
  ];
}
