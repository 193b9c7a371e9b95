/** Whether batched UDP can be had is found out without leaving anything behind. */
import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { loadLibc, type Libc } from './libc.ts';
import { tryBatches } from './udp-trial.ts';

const { EPERM, ENOSYS } = constants.errno;

/** Libc, except that `call` fails. */
function without(call: 'receiveMany' | 'sendMany', errno: number): Libc {
  const libc = loadLibc();
  let failed = false;
  const fail = (): number => {
    failed = true;
    return -1;
  };
  return { ...libc, [call]: fail, errno: () => (failed ? errno : libc.errno()) };
}

const wake = (): never => {
  throw new Error('the event loop does not take its socket');
};
const descriptors = (): number => readdirSync('/proc/self/fd').length;

describe.skipIf(process.platform !== 'linux')('the trial', () => {
  test.for<{ name: string; libc: () => Libc; reason?: RegExp }>([
    { name: 'of the real calls', libc: loadLibc },
    { name: 'of a socket to which something has come', libc: () => ({ ...loadLibc(), receiveMany: () => 1 }) },
    { name: 'without recvmmsg', libc: () => without('receiveMany', ENOSYS), reason: /^recvmmsg: .*\(ENOSYS\): a sandbox or its seccomp/ },
    { name: 'without sendmmsg', libc: () => without('sendMany', EPERM), reason: /^sendmmsg: .*\(EPERM\): a sandbox or its seccomp/ },
    { name: 'where nothing wakes', libc: () => ({ ...loadLibc(), wake }), reason: /^the event loop does not take its socket$/ },
  ])('$name', ({ libc, reason }) => {
    const tried = libc();
    const before = descriptors();
    if (reason === undefined) tryBatches(tried);
    else expect(() => tryBatches(tried)).toThrow(reason);
    expect(descriptors()).toBe(before);
  });
});
