/** The only source of the current time; tests pass one that they can turn. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();
