/** A rotated secret is used without a restart, and a broken file leaves the secrets in use. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { fakeTelemetry } from '../../test/fakes/telemetry.ts';
import { until } from '../../test/fakes/until.ts';
import { ServerCookies, type CookieVerdict } from '../../src/wire/cookie.ts';
import { followCookieSecrets, initialSecrets } from './cookie-secrets.ts';

const [random, first, second] = ['00', '11', '22'].map((octet) => octet.repeat(16)) as [string, string, string];
const NOW = 1_800_000_000;

let folder: string;
let ending: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubezone-cookie-'));
  ending = new AbortController();
});
afterEach(() => {
  ending.abort();
  rmSync(folder, { recursive: true });
});

/** A server's cookies that follow the file, and their verdict on a cookie made with `secret`. */
function follower() {
  const { log, said } = fakeTelemetry();
  const cookies = new ServerCookies([Buffer.from(random, 'hex')]);
  const follow = (path: string): void => followCookieSecrets(path, cookies, { log, signal: ending.signal, period: 5 });
  const judged = (secret: string): CookieVerdict => {
    const maker = new ServerCookies([Buffer.from(secret, 'hex')]);
    const { option } = maker.cookieOption(asked('www.example', 'A', { cookie: '0102030405060708' }), NOW);
    const cookie = Buffer.from(option!).subarray(4).toString('hex');
    return cookies.cookieOption(asked('www.example', 'A', { cookie }), NOW).verdict;
  };
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
    return path;
  };
  return { follow, judged, write, said };
}

test('threads begin with the secrets of the file, or else with a random one', () => {
  const { write } = follower();
  const inHex = (path?: string): string[] => initialSecrets({ cookieSecret: path }).map((secret) => Buffer.from(secret).toString('hex'));
  expect(inHex(write('secret', `${second}\n${first}\n`))).toEqual([second, first]);
  const [one, other] = [inHex(), inHex()];
  expect([one, other]).toEqual(Array(2).fill([expect.stringMatching(/^[0-9a-f]{32}$/)]));
  expect(one).not.toEqual(other);
});

test('a rotated secret is used, and the one before as long as the file has it', async () => {
  const { follow, judged, write, said } = follower();
  expect(judged(random)).toBe('good');
  follow(write('secret', first));
  expect([random, first].map(judged)).toEqual(['bad', 'good']);
  write('secret', `${second}\n${first}\n`);
  await until(() => judged(second) === 'good');
  expect(judged(first)).toBe('good');
  write('secret', second);
  await until(() => judged(first) === 'bad');
  expect(said).toEqual(Array(2).fill('the secrets of the cookies were read again'));
});

test.each<[string, (file: ReturnType<typeof follower>) => void]>([
  ['no secret', ({ write }): void => void write('secret', 'not hexadecimal')],
  ['nothing', ({ write }): void => void write('secret', '')],
  ['gone', (): void => rmSync(join(folder, 'secret'))],
])('a file that is %s is said, and takes nothing away', async (_, spoil) => {
  const file = follower();
  file.follow(file.write('secret', first));
  spoil(file);
  await until(() => file.said.length === 1);
  // With the reason: the log keeps back a message that it has just written.
  expect(file.said[0]).toMatch(/and the secrets in use stay: .*secret/);
  expect(file.judged(first)).toBe('good');
});
