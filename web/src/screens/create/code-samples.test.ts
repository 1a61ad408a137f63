import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { codeSample } from './code-samples.js';

const wish = {
  model: 'm',
  prompt: 'it\'s "quoted" $HOME `id` \\n true\nnull 狐',
  prompt_revision: false,
  n: 2,
  partial_images: 2,
};
const sent = { model: wish.model, prompt: wish.prompt, prompt_revision: false, n: 2 };

describe('code of a request', () => {
  it('for a shell says the same, whatever stands in the prompt', () => {
    const code = codeSample('curl', wish, 'http://127.0.0.1:1');
    const echo = `curl() { printf '%s' "\${@: -1}"; }; ATELIER_API_KEY=k; ${code}`;
    expect(JSON.parse(execFileSync('bash', ['-c', echo]).toString())).toEqual(sent);
  });

  it('for Python says the same', () => {
    const code = codeSample('Python', wish, 'http://127.0.0.1:1');
    const literal = /json=([\s\S]*?),\n\)/.exec(code)?.[1] ?? '';
    const script = `import json\nprint(json.dumps(${literal}))`;
    expect(JSON.parse(execFileSync('/usr/bin/python3', ['-c', script]).toString())).toEqual(sent);
  });

  it('for TypeScript says the same', () => {
    const code = codeSample('TypeScript', wish, 'http://127.0.0.1:1');
    const literal = /JSON\.stringify\(([\s\S]*?)\),\n\}\);/.exec(code)?.[1] ?? '';
    expect(JSON.parse(literal)).toEqual(sent);
  });
});
