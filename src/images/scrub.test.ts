import { expect, it } from 'vitest';
import { Scrubber } from './scrub.js';

it('knows the user and the password that a Basic authentication is made of', () => {
  const scrubber = new Scrubber();
  const pair = 'painter:pass-word-of-forge';
  const encoded = Buffer.from(pair).toString('base64');
  scrubber.learn({ authorization: `Basic ${encoded}` });
  const said = `${encoded} | ${pair} | wrong password pass-word-of-forge for painter`;
  expect(scrubber.text(said)).toBe('*** | *** | wrong password *** for painter');
});

it('does not take a bearer token for one', () => {
  const scrubber = new Scrubber();
  const token = Buffer.from('user:an ordinary sentence').toString('base64');
  scrubber.learn({ authorization: `Bearer ${token}` });
  expect(scrubber.text(`${token}: an ordinary sentence`)).toBe('***: an ordinary sentence');
});
