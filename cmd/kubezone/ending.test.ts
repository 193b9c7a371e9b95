/** What does not keep the program from ending: a reader of its output that stalls, and a list that is still being read. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import packet from 'dns-packet';
import { expect, onTestFinished, test } from 'vitest';
import { dnsClient } from '../../test/fakes/dns-client.ts';
import { until } from '../../test/fakes/until.ts';
import { startProgram } from '../../test/programs/kubezone.ts';

/** Octets that a pipe or socket and its reader may hold; a line of the query log has some 300. */
const HELD = 1 << 20;
const AT_ONCE = 50;
/** The program waits for a second for the query log, and takes time to end besides, on a machine that others use too. */
const PATIENCE = 10_000;

test('SIGTERM ends it although nobody reads the query log', async () => {
  const program = await startProgram(['--query-log', 'all', '--lameduck', '0s', '--upstream', '127.0.0.1:9'], {}, undefined, 'pipe');
  onTestFinished(() => program.stop('SIGKILL').then(() => undefined));
  const client = await dnsClient(`udp://127.0.0.1:${program.port}`);
  const ask = (id: number): Promise<Uint8Array> =>
    client.ask(packet.encode({ type: 'query', id, questions: [{ name: 'web.shop.svc.cluster.local', type: 'A' }] }));
  for (let id = 0; id < HELD / 200; id += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => ask(id + i)));
  client.close();
  expect(await Promise.race([program.stop(), wait(PATIENCE, 'it goes on')])).toBe(0);
  expect(program.log).toContainEqual(expect.objectContaining({ message: 'the query log cannot be written: its lines are lost' }));
}, 60_000);

test('SIGTERM while it reads its first list ends it with 0, before the list is read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubezone-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const list = join(folder, 'names');
  // Takes seconds to read.
  await writeFile(list, Array.from({ length: 2_000_000 }, (_, i) => `${i}.example.com\n`).join(''));
  // Created before the list is read.
  const queries = join(folder, 'queries');
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const args = ['serve', '--example', '--listen', '127.0.0.1:0', '--blocklist', list, '--query-log-file', queries];
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  await until(() => existsSync(queries), { limit: 30_000 });
  child.kill();
  const [code] = (await once(child, 'close')) as [number | null];
  expect([code, said]).toEqual([0, '']);
}, 60_000);
