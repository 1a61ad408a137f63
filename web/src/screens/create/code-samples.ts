import type { ImageWish } from '../../api/images.js';

export const LANGUAGES = ['curl', 'TypeScript', 'Python'] as const;
export type Language = (typeof LANGUAGES)[number];

/**
 * The request as code that can be pasted. The key comes from the environment of whoever runs it.
 * @param server address of the gateway, without a slash at its end
 */
export function codeSample(language: Language, wish: ImageWish, server: string): string {
  // Asked for by this page only, which watches.
  const request = { ...wish, partial_images: undefined };
  switch (language) {
    case 'curl':
      return [
        `curl ${shellQuote(`${server}/v1/images/generations`)} \\`,
        '  -H "authorization: Bearer $ATELIER_API_KEY" \\',
        "  -H 'content-type: application/json' \\",
        `  -d ${shellQuote(JSON.stringify(request, null, 2))}`,
      ].join('\n');
    case 'TypeScript':
      return [
        `const answer = await fetch(${JSON.stringify(`${server}/v1/images/generations`)}, {`,
        "  method: 'POST',",
        '  headers: {',
        '    authorization: `Bearer ${process.env.ATELIER_API_KEY}`,',
        "    'content-type': 'application/json',",
        '  },',
        `  body: JSON.stringify(${indent(JSON.stringify(request, null, 2))}),`,
        '});',
        'if (!answer.ok) throw new Error(await answer.text());',
        'const { data } = await answer.json();',
        'console.log(data[0].url);',
      ].join('\n');
    case 'Python':
      return [
        'import os, requests',
        '',
        'answer = requests.post(',
        `    ${JSON.stringify(`${server}/v1/images/generations`)},`,
        '    headers={"authorization": f"Bearer {os.environ[\'ATELIER_API_KEY\']}"},',
        `    json=${indent(pythonLiteral(request), 4)},`,
        ')',
        'answer.raise_for_status()',
        'print(answer.json()["data"][0]["url"])',
      ].join('\n');
  }
}

/** One word for a shell, whatever stands in it. */
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** JSON is Python, but for three words; those in texts stay. */
function pythonLiteral(value: object): string {
  return JSON.stringify(value, null, 4).replace(
    /"(?:[^"\\]|\\.)*"|\btrue\b|\bfalse\b|\bnull\b/g,
    (token) => PYTHON_WORDS[token] ?? token,
  );
}

const PYTHON_WORDS: Readonly<Record<string, string>> = { true: 'True', false: 'False', null: 'None' };

function indent(text: string, by = 2): string {
  return text.replaceAll('\n', `\n${' '.repeat(by)}`);
}
