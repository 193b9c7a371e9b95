/** A reflector whose server was restored from a backup: its versions went back, and a watch from one that it has yet to reach is silent. */
import { expect, test } from 'vitest';
import { aService, changeAll, reflectors } from '../../test/fakes/reflecting.ts';

const { start } = reflectors();

test('a server restored from a backup, whose versions went back, is listed again and believed', async () => {
  const { server, drive, settled, told } = await start();
  const before = server.version;
  changeAll(server);
  await settled();
  server.restore(before);
  server.bookmark();
  await drive(() => told.includes('failed backwards'));
  await settled();
  server.put(aService(7, 7));
  await settled();
});

test('a server restored from a backup gives out versions again: what is held under them is not what it has', async () => {
  const { server, drive, settled, told } = await start();
  const before = server.version;
  changeAll(server);
  await settled();
  server.restore(before);
  server.lie({ kind: 'gap', times: 1 });
  server.put(aService(1, 7));
  server.bookmark();
  await drive(() => told.includes('failed backwards'));
  await settled();
});

test.each([
  ['ended the watches', []],
  ['was busy for a while', [429, 429]],
  ['answered errors for a while', [503, 503]],
])('a restored server that only %s is found out by its version, not by silence', async (_, statuses) => {
  const { server, drive, settled, told } = await start();
  const before = server.version;
  changeAll(server);
  await settled();
  server.restore(before);
  for (const code of statuses) server.lie({ kind: 'status', code, times: 1 });
  server.endWatches();
  server.put(aService(1, 7));
  await drive(() => told.includes('failed backwards'), 20);
  await settled(20);
  expect(told).not.toContain('failed idle');
});
