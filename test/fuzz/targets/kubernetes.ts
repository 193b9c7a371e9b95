/** Fuzzes input from an API server or from manifests: YAML, watches, lists and selectors. */
import { Readable } from 'node:stream';
import { endpointSlices } from '../../../src/kubernetes/endpoint-slice.ts';
import { Failure } from '../../../src/kubernetes/failure.ts';
import { Problem } from '../../../src/kubernetes/fields.ts';
import type { Told } from '../../../src/kubernetes/format.ts';
import { createItemSplitter } from '../../../src/kubernetes/list-items.ts';
import { manifestKinds } from '../../../src/kubernetes/manifest-kinds.ts';
import { readManifest } from '../../../src/kubernetes/manifest-text.ts';
import { peek } from '../../../src/kubernetes/peek.ts';
import { pods } from '../../../src/kubernetes/pod.ts';
import { protobuf } from '../../../src/kubernetes/protobuf-format.ts';
import { identityOf } from '../../../src/kubernetes/resource.ts';
import { parseSelector } from '../../../src/kubernetes/selector.ts';
import { services } from '../../../src/kubernetes/service.ts';
import { watch } from '../../../src/kubernetes/watch.ts';
import { servedCluster } from '../../fakes/cluster-zones.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { fail, type Target } from '../target.ts';

const words = [
  '"metadata":',
  '{"type":"ADDED","object":',
  '"clusterIPs":["10.0.0.1"]',
  '"ports":[{',
  '"hostname":"a"',
  ':\n  - ',
  '---\n',
  '&a *a',
  '!!binary ',
  '"items":[',
  '\n',
  '\\u0000',
  '"resourceVersion":"1"',
];

const manifestsTarget: Target = {
  name: 'manifests',
  words,
  run: (input) => {
    const { objects, problems: unread } = readManifest(Buffer.from(input));
    const problems = [...unread];
    const wanted = { namespaces: [], selector: undefined, pods: true, endpointPodNames: true };
    const { publisher } = servedCluster();
    const kinds = manifestKinds(publisher.store, wanted as never, () => true);
    const placed = kinds.place('file.yaml', objects, (problem) => problems.push(problem));
    kinds.serve(placed, (problem) => problems.push(problem));
    publisher.flush();
    if (problems.some((problem) => problem === '')) fail('a problem without words');
  },
};

const watchTarget = (name: string, contentType: string, words: readonly string[]): Target => ({
  name,
  words,
  run: async (input) => {
    const middle = Math.floor(input.length / 2);
    const body = Readable.from([input.subarray(0, middle), input.subarray(middle)].filter((chunk) => chunk.length > 0));
    const api = {
      url: '',
      get: () => Promise.resolve({ status: 200, retryAfter: 0, contentType, body }),
      renew: () => undefined,
      close: () => undefined,
    };
    for (const resource of [services, endpointSlices(true), pods]) {
      const collection = {
        api,
        clock: fakeClock(),
        resource,
        namespace: '',
        selector: '',
        pageSize: 500,
        received: () => undefined,
        withProtobuf: () => true,
      };
      const options = {
        resourceVersion: '1',
        initialEvents: false,
        timeoutSeconds: 60,
        idleLimit: 1000,
        signal: new AbortController().signal,
        begun: () => undefined,
        isKnown: ({ key }: Told) => key === 'known',
      };
      try {
        await watch(collection, options, (type, object) => {
          if (type === 'BOOKMARK') return;
          const identity = identityOf(object, resource.namespaced);
          resource.slim(object, identity, () => undefined);
        });
      } catch (error) {
        // The documented errors for an invalid stream, and for an object with invalid fields.
        if (!(error instanceof Failure) && !(error instanceof Problem)) throw error;
      }
    }
  },
});

const listTarget: Target = {
  name: 'list',
  words,
  run: (input) => {
    const whole = createItemSplitter();
    const cut = createItemSplitter();
    let items: Uint8Array[];
    const pieces: Uint8Array[] = [];
    try {
      items = whole.push(input);
      for (let at = 0; at < input.length; at += 7) pieces.push(...cut.push(input.subarray(at, at + 7)));
    } catch (error) {
      // What does not begin as a list is told so.
      if (error instanceof Problem) return;
      throw error;
    }
    for (const item of [...items, ...pieces]) peek(item);
    whole.envelope();
    // Input that is not a list may be split into anything: parsing the pieces rejects it.
    const expected = itemsOf(input);
    for (const taken of expected === undefined ? [] : [items, pieces]) {
      const texts = taken.map((item) => JSON.stringify(JSON.parse(Buffer.from(item).toString())));
      if (texts.join() !== expected!.join()) fail('the items are not those that the list has');
    }
  },
};

/** Returns the items of a list as JSON; undefined when the text is not a list of objects, or contains `"items"` more than once. */
function itemsOf(input: Uint8Array): readonly string[] | undefined {
  try {
    const text = Buffer.from(input).toString();
    const { items } = JSON.parse(text) as { items: unknown[] };
    const wellFormed =
      text.split('"items"').length === 2 && items.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item));
    return wellFormed ? items.map((item) => JSON.stringify(item)) : undefined;
  } catch {
    return undefined;
  }
}

/** Tags and types of a list and of events; the generator makes lengths of its own. */
const octetWords = [
  'k8s\0',
  '\n\x04\n\0\x12\0',
  '\x12\x40',
  '\n\x05ADDED',
  '\n\x08MODIFIED',
  '\x12\x20\n\x1e',
  '\n\x04shop',
  '\0\0\0\x30',
  '\x1a\0"\0',
];

const protobufListTarget: Target = {
  name: 'protobuf-list',
  words: octetWords,
  run: (input) => {
    const results = [[input], chunksOf(input, 7)].map((chunks) => {
      const splitter = protobuf.items();
      const objects: unknown[] = [];
      try {
        for (const chunk of chunks)
          for (const item of splitter.push(chunk)) {
            protobuf.peekItem(item);
            objects.push(protobuf.object(item, endpointSlices(true).message));
          }
        return JSON.stringify([objects, splitter.metadata()]);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return 'a problem';
      }
    });
    if (results[0] !== results[1]) fail('a list in pieces is another than in one');
  },
};

function chunksOf(octets: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(octets.length / size) }, (_, i) => octets.subarray(i * size, (i + 1) * size));
}

const selectorTarget: Target = {
  name: 'selector',
  words: ['=', '!=', ' in (', ' notin (', ',', ')', '!', 'app', 'tier'],
  run: (input) => void parseSelector(Buffer.from(input).toString())?.({ app: 'web', tier: 1 }),
};

export const kubernetesTargets: readonly Target[] = [
  manifestsTarget,
  watchTarget('watch', '', words),
  watchTarget('protobuf-watch', 'application/vnd.kubernetes.protobuf', octetWords),
  listTarget,
  protobufListTarget,
  selectorTarget,
];
