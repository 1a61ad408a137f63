import { describe, expect, it } from 'vitest';
import { parseStorageUrl, StorageUrlError } from './storage-url.js';

function problemsOf(text: string): readonly string[] {
  try {
    parseStorageUrl(text);
  } catch (error) {
    if (error instanceof StorageUrlError) return error.problems;
    throw error;
  }
  return [];
}

describe('parseStorageUrl', () => {
  it('reads a folder', () => {
    expect(parseStorageUrl('file:///srv/my%20pictures')).toStrictEqual({
      kind: 'disk',
      folder: '/srv/my pictures',
    });
  });

  it.each([
    [
      's3://pictures?region=eu-central-1',
      { bucket: 'pictures', prefix: '', endpoint: undefined, region: 'eu-central-1', pathStyle: false },
    ],
    [
      's3://my.pictures/atelier/live/?endpoint=http://127.0.0.1:8080',
      {
        bucket: 'my.pictures',
        prefix: 'atelier/live',
        endpoint: 'http://127.0.0.1:8080',
        region: 'us-east-1',
        pathStyle: true,
      },
    ],
    [
      's3://pictures/a?endpoint=https%3A%2F%2Fs3.example.org%2F&region=auto&path_style=false',
      {
        bucket: 'pictures',
        prefix: 'a',
        endpoint: 'https://s3.example.org',
        region: 'auto',
        pathStyle: false,
      },
    ],
  ])('reads %s', (text, place) => {
    expect(parseStorageUrl(text)).toStrictEqual({ kind: 's3', ...place });
  });

  it.each([
    ['http://pictures/', ['must be file:///']],
    ['file://host/pictures', ['must be file:///']],
    ['s3:pictures', ['must be file:///']],
    ['file:///a%2Fb', ['file: ']],
    ['s3://pictures', ['needs a region']],
    ['s3://Pictures?region=a', ['bucket must be']],
    ['s3://p?region=a', ['bucket must be']],
    ['s3://pictures:9000/?region=a', ['names a bucket, not a host']],
    ['s3://secret-id:secret-key@pictures/?region=a', ['must not hold keys']],
    ['s3://pictures/?region=a#x', ['must have no #']],
    ['s3://pictures/a//b?region=a', ['prefix must be']],
    ['s3://pictures/a%20b?region=a', ['prefix must be']],
    [`s3://pictures/${'a'.repeat(513)}?region=a`, ['prefix must have at most 512']],
    ['s3://pictures/?region=a&region=b', ['has region more than once']],
    ['s3://pictures/?region=a&acl=public', ['not acl']],
    ['s3://pictures/?region=A%20B', ['region must be']],
    ['s3://pictures/?region=a&path_style=yes', ['path_style must be']],
    ['s3://pictures/?endpoint=127.0.0.1:8080', ['endpoint must be an http(s) URL']],
    ['s3://pictures/?endpoint=http://127.0.0.1:8080/path', ['endpoint must be scheme, host and port']],
    ['s3://pictures/?endpoint=http://user:pass@127.0.0.1', ['endpoint must be scheme, host and port']],
    ['s3://P/?region=a&path_style=yes', ['bucket must be', 'path_style must be']],
  ])('refuses %s, naming every problem and no value', (text, beginnings) => {
    const problems = problemsOf(text);
    expect(problems).toStrictEqual(beginnings.map((part): unknown => expect.stringContaining(part)));
    expect(problems.join()).not.toMatch(/secret|user:pass|yes|A B/);
  });
});
