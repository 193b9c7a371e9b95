/** koffi is optional: where it is not installed or has no build, the program serves with node:dgram, and logs that once. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { startProgram } from '../../test/programs/kubezone.ts';
import { nameFromText } from '../wire/name.ts';
import { writeQuestion } from '../wire/question.ts';

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

test('a run without koffi serves by dgram', async () => {
  const program = await startProgram([], { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hideKoffi)}` });
  const socket = createSocket('udp4');
  try {
    const name = nameFromText('cluster.local')!;
    const message = once(socket, 'message');
    socket.send(writeQuestion({ name, type: 6, dnssecOk: false, checkingDisabled: false }, 7, 1232), program.port, '127.0.0.1');
    const [response] = (await message) as [Buffer];
    expect(response.readUInt16BE(0)).toBe(7);
    const warnings = program.log.filter(({ level }) => level === 'warn');
    expect(warnings.filter(({ reason }) => reason === "Cannot find package 'koffi'")).toHaveLength(1);
  } finally {
    socket.close();
    expect(await program.stop('SIGKILL')).toBe('SIGKILL');
  }
});
