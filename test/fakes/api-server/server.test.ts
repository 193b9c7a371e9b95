import { readFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../until.ts';
import type { KubernetesObject } from './history.ts';
import { startFakeApiServer, type FakeApiServer } from './server.ts';

/** A recorded request and its response. */
interface Recording {
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function recorded(name: string): Recording {
  const text = readFileSync(new URL(`recordings/${name}.txt`, import.meta.url), 'utf8');
  const end = text.indexOf('\r\n\r\n');
  const [asked = '', status = '', ...headers] = text.slice(0, end).split(/\r?\n/);
  return {
    path: asked.slice(asked.indexOf('16443') + 5),
    status: Number(status.split(' ')[1]),
    headers: Object.fromEntries(headers.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)])),
    body: text.slice(end + 4),
  };
}

/** Sends a request as curl does, so that the response is indented as recorded. */
function ask(server: FakeApiServer, path: string): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(
      `${server.url}${path}`,
      { headers: { 'user-agent': 'curl/7.88.1', authorization: 'Bearer good' }, agent: false },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    asking.on('error', reject);
    asking.end();
  });
}

const events = (body: string): { type: string; object: KubernetesObject }[] =>
  body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; object: KubernetesObject });
const asService = (item: object): KubernetesObject => ({ kind: 'Service', apiVersion: 'v1', ...item }) as KubernetesObject;

/** The headers that a client reads. */
const TELLING = ['content-type', 'cache-control', 'retry-after'];

let server: FakeApiServer;
afterAll(() => server.close());

async function same(name: string): Promise<void> {
  const { path, status, headers, body } = recorded(name);
  const answer = await ask(server, path);
  expect(answer.status).toBe(status);
  for (const header of TELLING) expect(answer.headers[header]).toBe(headers[header]);
  expect(answer.body).toBe(body);
}

describe('lists, as recorded at version 230', () => {
  beforeAll(async () => {
    const pages = ['list-page-1', 'list-page-2'].flatMap((name) => (JSON.parse(recorded(name).body) as { items: object[] }).items);
    const stream = events(recorded('watchlist').body).filter(({ type }) => type === 'ADDED');
    const last = stream.map(({ object }) => object).filter(({ metadata }) => metadata.name === 'svc-5' || metadata.name === 'svc-9');
    server = await startFakeApiServer([...pages.map(asService), ...last], { exact: true, token: 'good', version: 230 });
  });
  afterAll(() => server.close());

  test.each(['list-page-1', 'list-page-2'])('%s', (name) => same(name));
});

describe('refusals', () => {
  beforeAll(async () => {
    server = await startFakeApiServer([], { token: 'good', version: 224 });
  });
  beforeEach(() => server.honest());

  test('list-too-large-rv', () => same('list-too-large-rv'));
  test('not-found', () => same('not-found'));
  test('forbidden', () => {
    server.lie({ kind: 'forbid', resource: 'services' });
    return same('forbidden');
  });
  test('unauthorized', async () => {
    const strict = await startFakeApiServer([], { token: 'another' });
    const loose = server;
    server = strict;
    await same('unauthorized').finally(() => (server = loose));
    await strict.close();
  });
  test.each(['list-exact-expired', 'list-expired-continue'])('%s', (name) => {
    for (let version = server.version; version < 245; version++) server.put(asService({ metadata: { name: 'a', namespace: 'default' } }));
    server.compact();
    return same(name);
  });
  test('watch-expired', () => same('watch-expired'));
});

describe('watches', () => {
  const lines = events(recorded('watch').body);
  const stream = events(recorded('watchlist').body);
  const named = (name: string): KubernetesObject => stream.find(({ object }) => object.metadata.name === name)!.object;

  test('watch: MODIFIED, DELETED, ADDED as they happen, then bookmarks of the last version', async () => {
    const [modified, , added] = lines.map(({ object }) => object);
    server = await startFakeApiServer([named('svc-1'), named('svc-3')], { exact: true, version: 230 });
    const answer = ask(server, recorded('watch').path.replace('timeoutSeconds=5', 'timeoutSeconds=1'));
    await until(() => server.requests.length === 1);
    server.put(modified!);
    server.remove('Service', 'default/svc-3');
    server.put(asService({ metadata: { name: 'padding', namespace: 'default' } }));
    server.remove('Service', 'default/padding');
    server.put(added!);
    const told = events((await answer).body).filter(({ object }) => object.metadata.name !== 'padding');
    // The recorded watch was sent two bookmarks in its last seconds.
    expect(told.map(({ type }) => type)).toEqual(['MODIFIED', 'DELETED', 'ADDED', 'BOOKMARK']);
    expect(told.map(({ object }) => JSON.stringify(object))).toEqual(lines.slice(0, 4).map(({ object }) => JSON.stringify(object)));
    await server.close();
  });

  test('watchlist: every object as ADDED, the bookmark that says it was all, then what happens', async () => {
    const initial = stream.filter(({ type }) => type === 'ADDED').map(({ object }) => object);
    server = await startFakeApiServer(initial, { exact: true, version: 221 });
    const answer = ask(server, recorded('watchlist').path.replace('timeoutSeconds=4', 'timeoutSeconds=1'));
    await until(() => server.requests.length === 1);
    server.put(stream.find(({ type }) => type === 'MODIFIED')!.object);
    const told = (await answer).body.trim().split('\n');
    expect(told).toEqual(recorded('watchlist').body.trim().split('\n').slice(0, told.length));
    expect(told).toHaveLength(stream.length - 1);
  });
});
