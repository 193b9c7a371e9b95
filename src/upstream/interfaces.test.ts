import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { machineInterfaces } from './interfaces.ts';

/** Throws what node:os does. */
const failing = (errno: number) => (): never => {
  throw Object.assign(new Error(`uv_interface_addresses returned Unknown system error ${errno}`), { code: 'ERR_SYSTEM_ERROR', errno });
};
const EMFILE = 24;
const EAFNOSUPPORT = 97;

test('interfaces that cannot be read: none are known in a sandbox, and an error that passes is one only while nothing is known', () => {
  expect(() => machineInterfaces(failing(EMFILE))).toThrow('Unknown system error 24');
  expect(machineInterfaces(failing(EAFNOSUPPORT))).toEqual({});
  expect(machineInterfaces()).toEqual(networkInterfaces());
  for (const errno of [EMFILE, EAFNOSUPPORT]) expect(machineInterfaces(failing(errno))).toEqual(networkInterfaces());
});
