/** Where koffi is not installed or has no build, or a sandbox refuses a call, the program serves with node:dgram, and logs that once. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { startProgram } from '../../test/programs/kubezone.ts';
import { nameFromText } from '../wire/name.ts';
import { writeQuestion } from '../wire/question.ts';

const { ENOSYS, EPERM } = constants.errno;

/** Hides the package koffi from every thread. */
const hideKoffi = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'koffi') throw new Error("Cannot find package 'koffi'");
      return next(specifier, context);
    },
  });
`;

/** Makes a system call fail with `errno` in every thread, by a seccomp filter, as the profile of a container does. */
function refuse(call: 'recvmmsg' | 'sendmmsg', errno: number): string {
  const arm = process.arch === 'arm64';
  const number = call === 'recvmmsg' ? (arm ? 243 : 299) : arm ? 269 : 307;
  return `
    import koffi from '${import.meta.resolve('koffi')}';
    const prctl = koffi.load(null).func('prctl', 'int', ['int', 'uintptr', 'uintptr', 'uintptr', 'uintptr']);
    // struct sock_filter: load the number of the call; if it is not this one, skip a line; fail; allow.
    const filter = new Int32Array(new ArrayBuffer(32));
    filter.set([0x20, 0, 0x15 | (1 << 24), ${number}, 0x06, 0x50000 | ${errno}, 0x06, 0x7fff0000]);
    // struct sock_fprog: the number of instructions, and where they are.
    const program = new BigUint64Array(new ArrayBuffer(16));
    program.set([4n, BigInt(koffi.address(filter))]);
    // PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP with SECCOMP_MODE_FILTER.
    if (prctl(38, 1, 0, 0, 0) !== 0 || prctl(22, 2, Number(koffi.address(program)), 0, 0) !== 0) throw new Error('no seccomp');
  `;
}

/** The environment of a program that first runs `code` in every thread. */
function first(code: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

const isLinux = process.platform === 'linux';
const ways: { name: string; code: string; reason: string; skip?: boolean }[] = [
  { name: 'without koffi', code: hideKoffi, reason: "Cannot find package 'koffi'" },
  { name: 'without recvmmsg', code: refuse('recvmmsg', ENOSYS), reason: 'recvmmsg: function not implemented (ENOSYS)', skip: !isLinux },
];

describe.for(ways)('$name', ({ code, reason, skip = false }) => {
  test.skipIf(skip)('a run serves by dgram', async () => {
    const program = await startProgram([], first(code));
    const socket = createSocket('udp4');
    try {
      const name = nameFromText('cluster.local')!;
      const message = once(socket, 'message');
      socket.send(writeQuestion({ name, type: 6, dnssecOk: false, checkingDisabled: false }, 7, 1232), program.port, '127.0.0.1');
      const [response] = (await message) as [Buffer];
      expect(response.readUInt16BE(0)).toBe(7);
      const said = program.log.filter((line) => line.level === 'warn' && String(line.reason).startsWith(reason));
      expect(said).toHaveLength(1);
    } finally {
      socket.close();
      expect(await program.stop('SIGKILL')).toBe('SIGKILL');
    }
  });
});

test.skipIf(!isLinux)('a run with --udp batched, where a sandbox refuses a call, says so and ends', async () => {
  const started = startProgram(['--udp', 'batched'], first(refuse('sendmmsg', EPERM)));
  await expect(started).rejects.toThrow(/--udp batched: sendmmsg: operation not permitted \(EPERM\).* auto or dgram work everywhere/);
});
