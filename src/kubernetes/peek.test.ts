import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { peek } from './peek.ts';

const version = { key: 'shop/web', uid: 'u-1', resourceVersion: '7' };
const metadata = '"metadata":{"name":"web","namespace":"shop","uid":"u-1","resourceVersion":"7"';

describe('who an object is, by its first octets', () => {
  const cases: [text: string, expected: unknown][] = [
    [`{${metadata},"labels":{}}}`, version],
    [`{"kind":"Service","apiVersion":"v1",${metadata}}}`, version],
    [`{"type":"ADDED","object":{"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1",${metadata}}}}`, version],
    [
      '{"metadata":{"name":"web-abc","generateName":"web-","namespace":"shop","uid":"u-1","resourceVersion":"7"',
      { ...version, key: 'shop/web-abc' },
    ],
    ['{"metadata":{"name":"shop","uid":"u-1","resourceVersion":"7"', { ...version, key: 'shop' }],
    // Left to the parser: other events, another order, another form, and text crafted to deceive.
    [`{"type":"DELETED","object":{"kind":"Service","apiVersion":"v1",${metadata}}}}`, undefined],
    ['{"metadata":{"namespace":"shop","name":"web","uid":"u-1","resourceVersion":"7"}}', undefined],
    ['{"metadata": {"name": "web"', undefined],
    ['{"spec":{"metadata":{"name":"web","namespace":"shop","uid":"u-1","resourceVersion":"7"}}}', undefined],
    ['{"metadata":{"name":"web","namespace":"shop","uid":"u-1","resourceVersion":"x"}}', undefined],
    ['', undefined],
  ];
  test.each(cases)('%s', (text, expected) => expect(peek(Buffer.from(text))).toEqual(expected));
});

test('what a real API server sent is understood, the bookmark left to be parsed', () => {
  const text = readFileSync(new URL('../../test/fakes/api-server/recordings/watchlist.txt', import.meta.url), 'utf8');
  const lines = text
    .slice(text.indexOf('\r\n\r\n') + 4)
    .trim()
    .split('\n');
  expect(lines.map((line) => peek(Buffer.from(line))?.key)).toEqual([
    'default/kubernetes',
    ...['svc-1', 'svc-3', 'svc-4', 'svc-5', 'svc-9'].map((name) => `default/${name}`),
    ...Array<undefined>(lines.length - 6),
  ]);
});
