/** The routes of the admin address: health and metrics, and those answered with the help of the serving threads. */
import type { Publisher } from '../../src/cluster/publisher.ts';
import type { Address } from '../../src/config/option.ts';
import type { Options } from '../../src/config/options.ts';
import { json, text, type Reply, type Routes } from '../../src/telemetry/admin.ts';
import { basicRoutes } from '../../src/telemetry/admin-routes.ts';
import type { Metrics } from '../../src/telemetry/registry.ts';
import { typeFromName } from '../../src/wire/iana.ts';
import { nameFromText } from '../../src/wire/name.ts';
import { fullExplanation } from './full-explanation.ts';
import type { ServingThreads } from './serving-threads.ts';

export interface AdminRoutesParts {
  readonly metrics: Metrics;
  readonly publisher: Publisher;
  readonly threads: ServingThreads;
  readonly options: () => Options;
  /** Where the server listens, also if the options leave it open. */
  readonly listen: readonly Address[];
  /** Reasons to send it no queries; empty when it is ready. */
  readonly notReady: () => readonly string[];
}

export function adminRoutes({ metrics, publisher, threads, options, listen, notReady }: AdminRoutesParts): Routes {
  const named = async (url: URL, parameter: string, reply: (name: string) => Promise<Reply>): Promise<Reply> => {
    const value = url.searchParams.get(parameter);
    if (value === null || value === '' || nameFromText(value) === undefined) {
      return wrong(`${parameter}=${value ?? ''} is no domain name; ask ${url.pathname}?${parameter}=www.example.com`);
    }
    return reply(value);
  };
  const wrong = (reason: string): Reply => text(400, reason);
  const flush = async (url: URL): Promise<Reply> => {
    const [parameter, ...more] = url.searchParams.keys();
    if (parameter === undefined) return json({ flushed: await threads.ask({ kind: 'cache-flush' }) });
    // A misspelt parameter must not flush everything.
    if (more.length > 0 || (parameter !== 'name' && parameter !== 'zone'))
      return wrong(
        `${url.search} is not understood; ask ${url.pathname}?name=www.example.com, ${url.pathname}?zone=example.com, or neither`,
      );
    return named(url, parameter, async (value) => json({ flushed: await threads.ask({ kind: 'cache-flush', [parameter]: value }) }));
  };
  return {
    ...basicRoutes(
      metrics,
      { dead: () => threads.stuck.map((index) => `serving thread ${index} hangs and cannot be ended`), notReady },
      options,
    ),
    '/debug/explain': {
      access: 'local',
      does: 'why ?name= has the answer it has for ?type= (A unless said)',
      handle: (url) =>
        named(url, 'name', async (text) => {
          const typeText = url.searchParams.get('type') ?? 'A';
          const type = typeFromName(typeText);
          if (type === undefined) return wrong(`type=${typeText} is no record type; ask for A, AAAA, SRV or TYPE65`);
          return json(await fullExplanation(nameFromText(text)!, type, publisher, threads, { ...options(), listen }));
        }),
    },
    '/cache': {
      access: 'enabled',
      does: 'statistics of the cache, or with ?name= what it holds of that name; one entry a thread',
      handle: async (url) =>
        url.searchParams.has('name')
          ? named(url, 'name', async (name) => json((await threads.ask({ kind: 'cache-inspect', name })).flat()))
          : json(await threads.ask({ kind: 'cache-statistics' })),
    },
    '/cache/flush': {
      access: 'enabled',
      methods: ['POST'],
      does: 'POST: forgets ?name=, or ?zone= and everything below, or all',
      handle: flush,
    },
  };
}
