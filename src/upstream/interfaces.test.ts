import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { readerOf } from './interfaces.ts';

const EMFILE = 24;
const EAFNOSUPPORT = 97;

test('interfaces that cannot be read: none are known in a sandbox, and an error that passes is one only while nothing is known', () => {
  let errno = EMFILE;
  const read = readerOf(() => {
    if (errno === 0) return networkInterfaces();
    // As node:os does.
    throw Object.assign(new Error(`uv_interface_addresses returned Unknown system error ${errno}`), { code: 'ERR_SYSTEM_ERROR', errno });
  });
  expect(read).toThrow('Unknown system error 24');
  errno = EAFNOSUPPORT;
  expect(read()).toEqual({});
  errno = 0;
  expect(read()).toEqual(networkInterfaces());
  for (errno of [EMFILE, EAFNOSUPPORT]) expect(read()).toEqual(networkInterfaces());
});
