/** What a watcher was told of a cell: nothing, its start, its end. */
type Level = 0 | 1 | 2;

/**
 * What a watcher was told of every cell, as a short text that it comes back with: two bits for each cell. Nothing of it is kept
 * by the server, so that any process can go on.
 */
export class Told {
  readonly #levels: Level[];

  private constructor(levels: Level[]) {
    this.#levels = levels;
  }

  /** @param text of `format`; anything else counts as nothing told */
  static read(text: string | undefined, cells: number): Told {
    const nothing = new Told(Array.from({ length: cells }, () => 0));
    if (text === undefined || !/^[\w-]{1,200}$/.test(text)) return nothing;
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length !== Math.ceil(cells / 4)) return nothing;
    return new Told(
      Array.from({ length: cells }, (_, cell) => levelOf(((bytes[cell >> 2] ?? 0) >> ((cell & 3) * 2)) & 3)),
    );
  }

  get(cell: number): Level {
    return this.#levels[cell] ?? 0;
  }

  set(cell: number, level: Level): void {
    this.#levels[cell] = level;
  }

  format(): string {
    const bytes = Buffer.alloc(Math.ceil(this.#levels.length / 4));
    for (const [cell, level] of this.#levels.entries()) {
      const index = cell >> 2;
      bytes[index] = (bytes[index] ?? 0) | (level << ((cell & 3) * 2));
    }
    return bytes.toString('base64url');
  }
}

function levelOf(bits: number): Level {
  return bits === 1 || bits === 2 ? bits : 0;
}
