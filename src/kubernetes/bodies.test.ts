/** Lists and watches whose bodies end early, or change their encoding, while HTTP is satisfied. */
import { readFileSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { message as write } from '../../test/fakes/api-server/protobuf.ts';
import { kinds } from '../../test/fakes/api-server/protobuf-fields.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import { systemClock } from '../clock.ts';
import type { Collection } from './collection.ts';
import type { Failure } from './failure.ts';
import type { Fields } from './fields.ts';
import { list } from './list.ts';
import { pods } from './pod.ts';
import { protobuf } from './protobuf-format.ts';
import { identityOf, parse } from './resource.ts';
import { namespaces } from './namespace.ts';
import { services } from './service.ts';
import { watch } from './watch.ts';

const recorded = (name: string): Buffer =>
  readFileSync(new URL(`../../test/fakes/api-server/recordings/protobuf/${name}`, import.meta.url));
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const JSON_TYPE = 'application/json';

type Body = readonly [contentType: string, octets: Uint8Array];

/** Answers each request with the next body. */
function collection(...bodies: Body[]): Collection & { readonly accepts: string[] } {
  const accepts: string[] = [];
  const api = {
    url: '',
    get: (_path: string, accept: string) => {
      const [contentType, octets] = bodies[accepts.push(accept) - 1]!;
      return Promise.resolve({ status: 200, retryAfter: 0, contentType, body: Readable.from(octets.length === 0 ? [] : [octets]) });
    },
    renew: () => undefined,
    close: () => undefined,
  };
  return {
    api,
    clock: systemClock,
    resource: services,
    namespace: '',
    selector: '',
    pageSize: 4,
    received: () => undefined,
    withProtobuf: () => true,
    accepts,
  };
}

const { signal } = new AbortController();
const ended = (type: string, name: string, cut: number): Body => [type, recorded(name).subarray(0, cut)];

test.each([
  ended(PROTOBUF, 'services-list.pb', -3),
  ended(PROTOBUF, 'services-list.pb', 700),
  ended(PROTOBUF, 'services-list.pb', 0),
  ended(JSON_TYPE, 'services-list.txt', -2),
])('a list that ends early is not believed: %s', async (...body) => {
  await expect(list(collection(body), () => undefined, signal)).rejects.toMatchObject({ reason: 'cut' });
});

test.each([ended(PROTOBUF, 'services-watch.pb', -1), ended(PROTOBUF, 'services-watch.pb', 2), ended(JSON_TYPE, 'services-watch.txt', -2)])(
  'a watch that ends early is told: %s',
  async (...body) => {
    const options = { resourceVersion: '1', initialEvents: false, timeoutSeconds: 1, idleLimit: 1_000, signal, begun: () => undefined };
    await expect(watch(collection(body), options, () => undefined)).rejects.toMatchObject({ reason: 'cut' });
  },
);

test('one page may come in JSON and the next in protobuf', async () => {
  const last = Buffer.from('{"kind":"ServiceList","metadata":{"resourceVersion":"999"},"items":[{"metadata":{"name":"last"}}]}');
  const of = collection([PROTOBUF, recorded('services-list.pb')], [JSON_TYPE, recorded('services-list.txt')], [JSON_TYPE, last]);
  let count = 0;
  await expect(list(of, () => count++, signal)).resolves.toBe('248');
  expect([count, of.accepts]).toEqual([9, Array(3).fill(`${PROTOBUF},${JSON_TYPE}`)]);
});

test.each([
  { spec: { hostNetwork: true }, status: { phase: 'Running', podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] } },
  { spec: { hostNetwork: true }, status: { phase: 'Running', podIP: '10.0.0.1' } },
  { spec: {}, status: { phase: 'Failed', podIP: '10.0.0.1' } },
])('a Pod in protobuf is kept as in JSON: %j', (rest) => {
  const pod = { metadata: { name: 'a', namespace: 'b', uid: 'u', resourceVersion: '1' }, ...rest };
  const kept = (object: Fields): unknown => parse(pods, object, identityOf(object, true));
  expect(kept(protobuf.object(write(pod, kinds.Pod!), pods.message))).toEqual(kept(pod));
});

test('of Namespaces only names and versions are asked for', async () => {
  const of = { ...collection([PROTOBUF, recorded('namespaces-watch.pb')]), resource: namespaces };
  const options = { resourceVersion: '1', initialEvents: false, timeoutSeconds: 1, idleLimit: 1_000, signal, begun: () => undefined };
  await watch(of, options, () => undefined);
  expect(of.accepts[0]).toContain(`${PROTOBUF};as=PartialObjectMetadata;`);
});

describe('a body that comes slowly', () => {
  const watched = { resourceVersion: '1', initialEvents: false, timeoutSeconds: 1, idleLimit: 60_000, begun: () => undefined };

  /** Reads these pieces, 50 s after each other, and then silence. Returns the octets received, and what came of the request. */
  async function slowly(pieces: readonly string[], read: (of: Collection) => Promise<unknown>): Promise<unknown[]> {
    const clock = fakeClock();
    const body = new PassThrough();
    const get: Collection['api']['get'] = (_path, _accept, given) => {
      given.addEventListener('abort', () => body.destroy(given.reason as Error));
      return Promise.resolve({ status: 200, retryAfter: 0, contentType: JSON_TYPE, body });
    };
    let received = 0;
    const of = collection();
    const result = read({ ...of, clock, api: { ...of.api, get }, received: (octets) => (received += octets) }).catch(
      (error: unknown) => (error as Failure).reason,
    );
    for (const piece of pieces) {
      body.write(piece);
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      await clock.advance(50_000);
    }
    if (pieces.at(-1)!.endsWith('}')) body.end();
    else await clock.advance(10_000);
    return [received, await result];
  }

  test.each<[what: string, pieces: string[], came: string]>([
    ['is waited for as long as it moves', ['{"metadata":', '{"resourceVersion"', ':"7"},', '"items":[]}'], '7'],
    ['is given up after a minute of silence', ['{"metadata":', '{"resourceVersion"'], 'idle'],
  ])('of a list %s', async (_what, pieces, came) => {
    expect(await slowly(pieces, (of) => list(of, () => undefined, signal))).toEqual([pieces.join('').length, came]);
  });

  test('of a watch is given up after its limit without a whole event', async () => {
    const pieces = ['{"type"', ':', ' '];
    expect(await slowly(pieces, (of) => watch(of, { ...watched, signal }, () => undefined))).toEqual([8, 'idle']);
  });
});
