import { expect, test } from 'vitest';
import type { Publisher } from '../../src/cluster/publisher.ts';
import { options, type Options } from '../../src/config/options.ts';
import type { Metrics } from '../../src/telemetry/registry.ts';
import { topRoute } from '../../src/telemetry/admin-routes.ts';
import type { TopLists } from '../../src/telemetry/top.ts';
import type { Routes } from '../../src/telemetry/admin.ts';
import { adminRoutes } from './admin-routes.ts';
import type { ServingThreads } from './serving-threads.ts';

const cases: readonly [query: string, asked: object | undefined, says: RegExp][] = [
  ['', { kind: 'cache-flush' }, /flushed/],
  ['?name=www.example.test', { kind: 'cache-flush', name: 'www.example.test' }, /flushed/],
  ['?zone=example.test', { kind: 'cache-flush', zone: 'example.test' }, /flushed/],
  ['?zone=', undefined, /zone= is no domain name/],
  ['?nmae=www.example.test', undefined, /\?nmae=www\.example\.test is not understood; ask \/cache\/flush\?name=/],
  ['?name=a.test&zone=example.test', undefined, /not understood/],
  ['?name=a.test&name=b.test', undefined, /not understood/],
  ['?zone=example..test', undefined, /zone=example\.\.test is no domain name/],
];

test.each(cases)('/cache/flush%s', async (query, asked, says) => {
  const questions: object[] = [];
  const ask = (question: object): Promise<number[]> => {
    questions.push(question);
    return Promise.resolve([1]);
  };
  const routes = routesThatAsk({ ask });
  const reply = await routes['/cache/flush']!.handle(new URL(`http://127.0.0.1:9153/cache/flush${query}`), undefined as never);
  expect(questions).toEqual(asked === undefined ? [] : [asked]);
  expect(reply).toMatchObject({ status: asked === undefined ? 400 : 200, body: expect.stringMatching(says) as unknown });
});

test('what the option admin-debug says it opens is what it opens', () => {
  const routes = { ...routesThatAsk({}), ...topRoute(undefined as unknown as TopLists) };
  const text = options.find(({ name }) => name === 'admin-debug')!.does;
  const [enabled = '', opened = ''] = text.split('; ');
  for (const [path, { access }] of Object.entries(routes)) {
    expect(enabled.includes(path), path).toBe(access === 'enabled');
    expect(opened.includes(path), path).toBe(access === 'local');
  }
});

function routesThatAsk(threads: object): Routes {
  return adminRoutes({
    metrics: {} as Metrics,
    publisher: undefined as unknown as Publisher,
    threads: threads as ServingThreads,
    options: () => ({}) as Options,
    listen: [],
    notReady: () => [],
  });
}
