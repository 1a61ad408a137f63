import { CliError } from './client.js';

/** A number of an option. @throws CliError */
export function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,16}$/.test(text))
    throw new CliError(`${option} must be a whole number, not ${JSON.stringify(text)}`);
  return Number(text);
}

/** A number of an option that has bounds, both included. @throws CliError */
export function wholeNumberWithin(option: string, text: string, min: number, max: number): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (number >= min && number <= max) return number;
  throw new CliError(`${option} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
}

/** Credits of an option: nothing negative, down to millionths. @throws CliError */
export function creditsValue(option: string, text: string): number {
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(text)) {
    throw new CliError(
      `${option} must be a number of credits such as 10 or 0.5, not ${JSON.stringify(text)}`,
    );
  }
  return Number(text);
}
