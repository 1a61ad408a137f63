import type { Microcredits } from '../credits/microcredits.js';
import type { AppError } from '../errors.js';

/** What is set aside for each image of a generation, so that none costs more than what is held for it. */
export class Holds {
  readonly #byImage: Microcredits[];
  #held: Microcredits;
  readonly #raise: (amount: Microcredits) => Promise<AppError | undefined>;

  /** @param raise sets more aside in the ledger, or tells why that can't be */
  constructor(
    byImage: readonly Microcredits[],
    held: Microcredits,
    raise: (amount: Microcredits) => Promise<AppError | undefined>,
  ) {
    this.#byImage = [...byImage];
    this.#held = held;
    this.#raise = raise;
  }

  /** Takes note of what was set aside before. */
  note(positions: readonly number[], price: Microcredits): void {
    for (const position of positions) this.#byImage[position] = price;
  }

  /**
   * Sets a price aside for each of these images in the place of what was: what is missing is held in addition.
   * @returns why that can't be, if so; nothing has changed then
   */
  async raise(positions: readonly number[], price: Microcredits): Promise<AppError | undefined> {
    const before = positions.map((position) => this.#byImage[position] ?? 0);
    this.note(positions, price);
    // Counted before it is known to succeed, so that images that move on at the same time don't count on the same credits.
    const missing = this.#byImage.reduce((sum, amount) => sum + amount, 0) - this.#held;
    if (missing <= 0) return undefined;
    this.#held += missing;
    const refusal = await this.#raise(missing);
    if (refusal === undefined) return undefined;
    this.#held -= missing;
    for (const [index, position] of positions.entries()) this.#byImage[position] = before[index] ?? 0;
    return refusal;
  }
}
