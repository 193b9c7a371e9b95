import { describe, expect, it } from 'vitest';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';
import type { PublishedState } from './update.ts';

const state: PublishedState = {
  serial: 7,
  services: [
    {
      key: 'a/web',
      namespace: 'a',
      name: 'web',
      kind: 'clusterIP',
      clusterIPs: ['\x0a\x60\x00\xff'],
      externalName: '',
      ports: [{ name: 'http', protocol: 'tcp', port: 80 }],
      endpoints: [{ addressSize: 4, addresses: '\x0a\x00\x00\x01\x0a\x00\x00\x02', labels: ['x', ''], ports: [] }],
    },
  ],
  namespaces: ['a'],
  pods: ['a/\x0a\x00\x00\x01'],
};
const bytes = encodeSnapshot({ state, savedAt: 1234 }, 'pods insecure');

it('gives back what was saved', () => {
  expect(decodeSnapshot(bytes, 'pods insecure')).toEqual({ state, savedAt: 1234 });
});

describe('is refused, with a message', () => {
  const flipped = Uint8Array.from(bytes);
  flipped[bytes.length - 20]! ^= 1;
  it.each<[string, Uint8Array, RegExp]>([
    ['empty', new Uint8Array(0), /^is truncated/],
    ['cut in its header', bytes.subarray(0, 30), /^is truncated/],
    ['cut in its content', bytes.subarray(0, -1), /^is truncated: it has \d+ of \d+ octets/],
    ['cut behind its header', bytes.subarray(0, bytes.indexOf(10) + 1), /^is truncated: it has 0 of \d+ octets/],
    ['one bit flipped', flipped, /^is damaged/],
    ['something behind it', Buffer.concat([bytes, Buffer.from(' ')]), /^is damaged/],
    [
      'of a later format',
      Buffer.from(bytes.toString('latin1').replace('snapshot 1', 'snapshot 2'), 'latin1'),
      /format 2; this version reads format 1/,
    ],
    ['foreign', Buffer.from('{"items": []}'.repeat(20)), /^is no snapshot/],
    ['foreign and short', Buffer.from('hello'), /^is no snapshot/],
    ['zeros', new Uint8Array(4096), /^is no snapshot/],
  ])('%s', (_, damaged, expected) => {
    expect(decodeSnapshot(damaged, 'pods insecure')).toMatch(expected);
  });

  it('of other options', () => {
    expect(decodeSnapshot(bytes, 'pods verified')).toBe('was written with other options (pods insecure); these are pods verified');
  });

  it('every cut, and every changed octet', () => {
    for (let at = 0; at < bytes.length; at++) {
      expect(typeof decodeSnapshot(bytes.subarray(0, at), 'pods insecure')).toBe('string');
      const changed = Uint8Array.from(bytes);
      changed[at]! ^= 0x20;
      expect(typeof decodeSnapshot(changed, 'pods insecure')).toBe('string');
    }
  });
});
