import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunks } from '../../test/fakes/chunks.ts';
import type { ApiObject } from '../cluster/model.ts';
import { endpointSlices } from './endpoint-slice.ts';
import { failureOfResponse } from './failure.ts';
import { Problem, type Fields } from './fields.ts';
import type { Format, Told } from './format.ts';
import { json } from './json-format.ts';
import { namespaces } from './namespace.ts';
import { pods } from './pod.ts';
import { protobuf } from './protobuf-format.ts';
import { identityOf, parse, type Resource } from './resource.ts';
import { services } from './service.ts';

/** What one kube-apiserver 1.36 sent as protobuf, and as JSON for the same state. */
const recorded = (name: string, format: Format): Uint8Array =>
  readFileSync(new URL(`../../test/fakes/api-server/recordings/protobuf/${name}.${format === json ? 'txt' : 'pb'}`, import.meta.url));

const kinds: [string, Resource<ApiObject>][] = [
  ['services', services],
  ['endpointslices', endpointSlices(false)],
  ['endpointslices', endpointSlices(true)],
  ['pods', pods],
  ['namespaces', namespaces],
];

interface Seen {
  readonly values: unknown[];
  readonly told: (Told | undefined)[];
}

function see(resource: Resource<ApiObject>, object: Fields, seen: Seen): void {
  const identity = identityOf(object, resource.namespaced);
  const leftOut: string[] = [];
  seen.values.push(
    identity,
    parse(resource, object, identity, (message) => leftOut.push(message)),
    leftOut,
  );
}

function readList(name: string, resource: Resource<ApiObject>, format: Format, sizes: Iterator<number>): unknown {
  const seen: Seen = { values: [], told: [] };
  const splitter = format.items();
  for (const chunk of chunks(recorded(name, format), sizes))
    for (const item of splitter.push(chunk)) {
      seen.told.push(format.peekItem(item));
      see(resource, format.object(item, resource.message), seen);
    }
  const { resourceVersion, continue: token = '' } = splitter.metadata()!;
  return { ...seen, resourceVersion, token };
}

function readWatch(name: string, resource: Resource<ApiObject>, format: Format, sizes: Iterator<number>): unknown {
  const seen: Seen = { values: [], told: [] };
  const splitter = format.events();
  for (const chunk of chunks(recorded(name, format), sizes))
    for (const octets of splitter.push(chunk)) {
      seen.told.push(format.peekEvent(octets));
      const { type, object } = format.event(octets, resource.message)!;
      seen.values.push(type);
      if (type === 'ADDED') see(resource, object, seen);
      else {
        const { resourceVersion, annotations } = object.metadata as Fields;
        seen.values.push(resourceVersion, annotations);
      }
    }
  expect(splitter.isWhole()).toBe(true);
  return seen;
}

const inOne = (): Iterator<number> => [1_000_000].values();

describe('what a kube-apiserver sends as protobuf is read as its JSON is', () => {
  test.each(kinds)('a list of %s', (name, resource) => {
    const expected = readList(`${name}-list`, resource, json, inOne());
    expect((expected as Seen).told).not.toContain(undefined);
    expect(readList(`${name}-list`, resource, protobuf, inOne())).toEqual(expected);
  });

  test.each(kinds)('a streaming list of %s, with the bookmark that completes it', (name, resource) => {
    const expected = readWatch(`${name}-watch`, resource, json, inOne());
    expect((expected as Seen).values.at(-1)).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(readWatch(`${name}-watch`, resource, protobuf, inOne())).toEqual(expected);
  });

  test('cut anywhere', () => {
    const list = readList('endpointslices-list', kinds[1]![1], protobuf, inOne());
    const watch = readWatch('services-watch', services, protobuf, inOne());
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(40)), (sizes) => {
        expect(readList('endpointslices-list', kinds[1]![1], protobuf, sizes)).toEqual(list);
        expect(readWatch('services-watch', services, protobuf, sizes)).toEqual(watch);
      }),
      { numRuns: 20 },
    );
  });

  const refusals: [name: string, status: number][] = [
    ['unauthorized', 401],
    ['too-large', 504],
    ['invalid', 422],
  ];
  const request = { verb: 'list', group: '', resource: 'services', namespace: '' } as const;
  test.each(refusals)('a refusal: %s', (name, status) => {
    const [inProtobuf, inJson] = [protobuf, json].map((format) =>
      failureOfResponse(request, status, 0, format.status(recorded(name, format))),
    );
    expect(inProtobuf).toEqual(inJson);
    expect(inProtobuf!.message.length).toBeGreaterThan('list services: '.length);
  });

  test('an ERROR event', () => {
    const statusOf = (format: Format): Fields =>
      format.event(format.events().push(recorded('too-large-watch', format))[0]!, services.message)!.object;
    const { message, reason, code, details } = statusOf(json);
    expect(statusOf(protobuf)).toEqual({
      message,
      reason,
      code,
      details: { retryAfterSeconds: 1, causes: [{ reason: 'ResourceVersionTooLarge' }] },
    });
    expect(details).toMatchObject({ retryAfterSeconds: 1 });
  });
});

describe('what is not as it must be', () => {
  const body = recorded('services-list', protobuf);

  test('a list that ended early has no metadata', () => {
    // After the list come two empty fields, which say nothing.
    for (let length = 0; length < body.length - 4; length++) {
      const splitter = protobuf.items();
      splitter.push(body.subarray(0, length));
      expect(splitter.metadata()).toBeUndefined();
    }
  });

  test('a watch that ended early is not whole', () => {
    const splitter = protobuf.events();
    expect(splitter.push(recorded('services-watch', protobuf).subarray(0, 50))).toEqual([]);
    expect(splitter.isWhole()).toBe(false);
  });

  test('another type of event, or an object without its envelope', () => {
    const [event] = protobuf.events().push(recorded('services-watch', protobuf));
    const other = Buffer.from(event!);
    other.write('ADDER', 2);
    expect(protobuf.event(other, services.message)).toBeUndefined();
    expect(protobuf.peekEvent(other)).toBeUndefined();
    other.write('ADDED', 2);
    other.fill(0, other.indexOf('k8s'), other.indexOf('k8s') + 3);
    expect(() => protobuf.event(other, services.message)).toThrow('an object in protobuf that does not begin with k8s');
  });

  test('a refusal that is no Status says nothing', () => {
    expect(protobuf.status(Buffer.from('<html>'))).toEqual({ message: '' });
    expect(failureOfResponse({ verb: 'list', group: '', resource: 'pods', namespace: '' }, 502, 0, { message: '' }).message).toBe(
      'list pods: HTTP 502',
    );
  });

  test('any octets in place of others throw nothing but a Problem', () => {
    const watched = recorded('endpointslices-watch', protobuf);
    const resource = endpointSlices(true);
    const attempt = (act: () => void): void => {
      try {
        act();
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
      }
    };
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(watched.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }), (changes) => {
        const [list, watch] = [recorded('endpointslices-list', protobuf), watched].map((octets) => {
          const changed = Buffer.from(octets);
          for (const [at, octet] of changes) changed[at % changed.length] = octet;
          return changed;
        }) as [Buffer, Buffer];
        attempt(() => {
          const splitter = protobuf.items();
          for (const item of splitter.push(list))
            parse(resource, protobuf.object(item, resource.message), identityOf({ metadata: { name: 'a', namespace: 'b' } }, true));
          splitter.metadata();
        });
        attempt(() => {
          for (const event of protobuf.events().push(watch)) {
            protobuf.peekEvent(event);
            protobuf.event(event, resource.message);
          }
        });
        protobuf.status(list);
      }),
      { numRuns: 500 },
    );
  });
});
