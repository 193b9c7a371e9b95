import { cp, mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mapSinks, type MapSinks } from '../../test/fakes/map-sink.ts';
import { until } from '../../test/fakes/until.ts';
import { systemClock } from '../clock.ts';
import { feedFromManifests } from './manifests.ts';
import type { Wanted } from './source.ts';

const ALL: Wanted = { pods: true, endpointPodNames: false, namespaces: [], selector: '' };

let folder: string;
let stop: AbortController;
let running: Promise<void> | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifests-'));
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await running;
  await rm(folder, { recursive: true, force: true });
});

interface Feeding extends MapSinks {
  readonly problems: string[];
  readonly loads: number;
}

async function feed(path = folder, wanted: Partial<Wanted> = {}): Promise<Feeding> {
  const sinks = mapSinks();
  const problems: string[] = [];
  let loads = 0;
  const observer = { problem: (message: string) => problems.push(message), loaded: () => loads++ };
  running = feedFromManifests(path, sinks, { ...ALL, ...wanted, clock: systemClock, observer }, stop.signal);
  await Promise.race([running, until(() => loads > 0)]);
  return {
    ...sinks,
    problems,
    get loads() {
      return loads;
    },
  };
}

const service = (name: string, ip: string, more = ''): string =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}, namespace: shop${more} }\nspec: { clusterIP: ${ip} }\n`;
const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
const ipOf = (sinks: MapSinks, key: string): string | undefined =>
  sinks.services.items.get(key)?.clusterIPs.map((ip) => Array.from(ip, (octet) => octet.charCodeAt(0)).join('.'))[0];

describe('what is read', () => {
  test('YAML and JSON, Lists, several documents, folders in folders; kinds DNS has no use for are passed over', async () => {
    await mkdir(join(folder, 'deep/deeper'), { recursive: true });
    await write(
      'a.yaml',
      `${service('a', '10.0.0.1')}---\n${service('b', '10.0.0.2')}---\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: x }\n`,
    );
    const items = [
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'c', namespace: 'shop' }, spec: { clusterIP: '10.0.0.3' } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'empty' } },
    ];
    await write('deep/deeper/list.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const typed = { apiVersion: 'v1', kind: 'ServiceList', items: [{ metadata: { name: 'd' }, spec: { clusterIP: '10.0.0.4' } }] };
    await write('deep/typed.yml', JSON.stringify(typed));
    await write('notes.txt', 'kind: [');
    await write('.hidden.yaml', service('hidden', '10.0.0.9'));
    const sinks = await feed();
    expect([...sinks.services.items.keys()].sort()).toEqual(['default/d', 'shop/a', 'shop/b', 'shop/c']);
    expect([...sinks.namespaces.items.keys()].sort()).toEqual(['default', 'empty', 'shop']);
    expect(sinks.problems).toEqual([]);
  });

  test('one file by its name', async () => {
    await write('a.conf', service('a', '10.0.0.1'));
    await write('b.yaml', service('b', '10.0.0.2'));
    const sinks = await feed(join(folder, 'a.conf'));
    expect([...sinks.services.items.keys()]).toEqual(['shop/a']);
  });

  test('only the namespaces and labels that are wanted; pods only when wanted', async () => {
    const pod = 'apiVersion: v1\nkind: Pod\nmetadata: { name: p, namespace: shop, labels: { app: web } }\nstatus: { podIP: 10.1.0.1 }\n';
    const other = service('c', '10.0.0.3', ', labels: { app: web }').replace('namespace: shop', 'namespace: other');
    await write('a.yaml', [service('a', '10.0.0.1', ', labels: { app: web }'), service('b', '10.0.0.2'), other, pod].join('---\n'));
    const sinks = await feed(folder, { namespaces: ['shop'], selector: 'app=web', pods: false });
    expect([...sinks.services.items.keys()]).toEqual(['shop/a']);
    expect([...sinks.namespaces.items.keys()]).toEqual(['shop']);
    expect(sinks.pods.replacements).toBe(0);
  });
});

describe('what is wrong is said, with its file and line, and the rest is served', () => {
  test('a document that does not parse: the other files, and the other documents of its own', async () => {
    await write('a.yaml', service('a', '10.0.0.1'));
    await write('b.yaml', `${service('b', '10.0.0.2')}---\nkind: [\n---\n${service('c', '10.0.0.3')}`);
    const sinks = await feed();
    expect([...sinks.services.items.keys()].sort()).toEqual(['shop/a', 'shop/b', 'shop/c']);
    expect(sinks.problems).toEqual([expect.stringMatching(/b\.yaml:7: /)]);
  });

  test('a file in another encoding', async () => {
    await write('a.yaml', service('a', '10.0.0.1'));
    await writeFile(join(folder, 'b.yaml'), Buffer.from(`${service('b', '10.0.0.2')}# d\xfcnn\n`, 'latin1'));
    await writeFile(join(folder, 'c.yaml'), Buffer.from(`\uFEFF${service('c', '10.0.0.3')}`, 'utf16le'));
    await writeFile(join(folder, 'd.yaml'), `\uFEFF${service('d', '10.0.0.4')}`);
    const sinks = await feed();
    expect([...sinks.services.items.keys()].sort()).toEqual(['shop/a', 'shop/d']);
    expect(sinks.problems).toEqual([
      `${folder}/b.yaml:5: is not UTF-8; save the file in that encoding`,
      `${folder}/c.yaml:1: is not UTF-8; save the file in that encoding`,
    ]);
  });

  test('what is no object, or one of another version', async () => {
    await write('a.yaml', `${service('a', '10.0.0.1')}---\njust text\n---\nKind: Service\n---\nkind: Service\napiVersion: 1\n`);
    const other = `apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: { name: x }\n`;
    await write('b.yaml', `${other}---\napiVersion: discovery.k8s.io/v1beta1\nkind: EndpointSlice\nmetadata: { name: x }\n`);
    const sinks = await feed();
    expect([...sinks.services.items.keys()]).toEqual(['shop/a']);
    expect(sinks.problems).toEqual([
      `${folder}/a.yaml:6: "just text" is no Kubernetes object, which is a mapping with apiVersion and kind`,
      `${folder}/a.yaml:8: kind is missing; it must be that of a Kubernetes object, such as Service`,
      `${folder}/a.yaml:10: apiVersion is 1; it must be that of a Kubernetes object, such as v1`,
      `${folder}/b.yaml:5: EndpointSlice x: apiVersion is "discovery.k8s.io/v1beta1"; it must be discovery.k8s.io/v1`,
    ]);
  });

  test('a value that contains itself', async () => {
    await write('a.yaml', `${service('a', '10.0.0.1')}---\napiVersion: v1\nkind: &k [*k]\n`);
    const sinks = await feed();
    expect([...sinks.services.items.keys()]).toEqual(['shop/a']);
    expect(sinks.problems).toEqual([expect.stringMatching(/a\.yaml:\d+: kind is a value nested without end; it must be/)]);
  });

  test('an object with invalid fields', async () => {
    await write('a.yaml', `${service('a', '10.0.0.1')}---\n${service('b', '10.0.0.256')}---\n${service('C', '10.0.0.3')}`);
    const sinks = await feed();
    expect([...sinks.services.items.keys()]).toEqual(['shop/a']);
    expect(sinks.problems).toEqual([
      `${folder}/a.yaml:6: Service shop/b: spec.clusterIP is "10.0.0.256"; it must be an IPv4 or IPv6 address`,
      expect.stringContaining('a.yaml:11: metadata.name is "C"'),
    ]);
  });

  test('two objects of one name: the last, in the order of the files, is served', async () => {
    await write('a.yaml', service('a', '10.0.0.1'));
    await write('b.yaml', service('a', '10.0.0.2'));
    const sinks = await feed();
    expect(ipOf(sinks, 'shop/a')).toBe('10.0.0.2');
    expect(sinks.problems).toEqual([
      `Service shop/a is in ${folder}/a.yaml:1 and in ${folder}/b.yaml:1; ${folder}/b.yaml:1 is served, as the last`,
    ]);
  });

  test('a folder without a manifest', async () => {
    const sinks = await feed();
    expect(sinks.services.replacements).toBe(1);
    expect(sinks.problems).toEqual([`${folder} holds no .yaml, .yml or .json file: nothing is served from it`]);
  });

  test('a path or a selector that is none ends the start', async () => {
    await expect(feed(join(folder, 'none'))).rejects.toThrow(/manifests .*none cannot be read: ENOENT.*name an existing file or folder/);
    running = undefined;
    await expect(feed(folder, { selector: 'a b' })).rejects.toThrow('selector "a b" is no label selector');
    running = undefined;
  });
});

describe('changes are in the sinks within a second', () => {
  /** The promise is a second; a busy machine gets more, ms. */
  const soon = { limit: 5_000 };

  test('written in place, created, removed', async () => {
    await write('a.yaml', service('a', '10.0.0.1'));
    const sinks = await feed();
    await write('a.yaml', service('a', '10.0.0.2'));
    await until(() => ipOf(sinks, 'shop/a') === '10.0.0.2', soon);
    await write('b.yaml', service('b', '10.0.0.3'));
    await until(() => sinks.services.items.size === 2, soon);
    await unlink(join(folder, 'a.yaml'));
    await until(() => !sinks.services.items.has('shop/a'), soon);
    expect(sinks.services.fewest).toBe(1);
  });

  test('a file that gets another name, with what it holds changed', async () => {
    await write('b.yaml', service('a', '10.0.0.1'));
    const sinks = await feed();
    await write('b.yaml', service('a', '10.0.0.2'));
    await rename(join(folder, 'b.yaml'), join(folder, 'a.yaml'));
    await until(() => ipOf(sinks, 'shop/a') === '10.0.0.2', soon);
    await wait(600);
    expect(sinks.services.fewest).toBe(1);
    expect(sinks.problems).toEqual([]);
  });

  test('an editor’s rename', async () => {
    await write('a.yaml', service('a', '10.0.0.1'));
    const sinks = await feed();
    await write('.a.yaml.swp', service('a', '10.0.0.2'));
    await rename(join(folder, '.a.yaml.swp'), join(folder, 'a.yaml'));
    await until(() => ipOf(sinks, 'shop/a') === '10.0.0.2', soon);
  });

  test('a ConfigMap’s swapped link, as the kubelet makes it', async () => {
    const version = async (name: string, ip: string): Promise<void> => {
      await mkdir(join(folder, name));
      await write(`${name}/a.yaml`, service('a', ip));
      await symlink(name, join(folder, '..data_tmp'));
      await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    await version('..2026_1', '10.0.0.1');
    await symlink('..data/a.yaml', join(folder, 'a.yaml'));
    const sinks = await feed();
    expect(ipOf(sinks, 'shop/a')).toBe('10.0.0.1');
    await version('..2026_2', '10.0.0.2');
    await rm(join(folder, '..2026_1'), { recursive: true });
    await until(() => ipOf(sinks, 'shop/a') === '10.0.0.2', soon);
    expect(sinks.services.fewest).toBe(1);
  });

  test('a folder that comes later', async () => {
    await write('a.yaml', service('a', '10.0.0.1'));
    const sinks = await feed();
    await mkdir(join(folder, 'new'));
    await write('new/b.yaml', service('b', '10.0.0.2'));
    await until(() => sinks.services.items.size === 2, soon);
    await write('new/b.yaml', service('b', '10.0.0.3'));
    await until(() => ipOf(sinks, 'shop/b') === '10.0.0.3', soon);
  });
});

describe('what was good stays served', () => {
  const soon = { limit: 5_000 };

  test('while its file does not parse, until it does again', async () => {
    await write('a.yaml', service('a', '10.0.0.1'));
    await write('b.yaml', service('b', '10.0.0.2'));
    const sinks = await feed();
    await write('a.yaml', 'kind: [');
    await write('b.yaml', service('b', '10.0.0.3'));
    await until(() => ipOf(sinks, 'shop/b') === '10.0.0.3' && sinks.problems.length > 0, soon);
    expect(ipOf(sinks, 'shop/a')).toBe('10.0.0.1');
    expect(sinks.problems).toEqual([expect.stringMatching(/a\.yaml:1: .*; what it held before stays served/)]);
    await write('a.yaml', service('a', '10.0.0.4'));
    await until(() => ipOf(sinks, 'shop/a') === '10.0.0.4', soon);
  });

  test('of a file in which one document does not parse', async () => {
    await write('a.yaml', `${service('a', '10.0.0.1')}---\n${service('b', '10.0.0.2')}`);
    const sinks = await feed();
    await write('a.yaml', `${service('a', '10.0.0.3')}---\n${service('b', '[')}`);
    await until(() => ipOf(sinks, 'shop/a') === '10.0.0.3', soon);
    expect(ipOf(sinks, 'shop/b')).toBe('10.0.0.2');
    expect(sinks.problems).toEqual([expect.stringMatching(/a\.yaml:\d+: .*; what it held before stays served/)]);
  });

  test('when text that is no manifest is written over it', async () => {
    await write('a.yaml', service('a', '10.0.0.1'));
    const sinks = await feed();
    await write('a.yaml', 'oops');
    await until(() => sinks.problems.length > 0, soon);
    await wait(600);
    expect(ipOf(sinks, 'shop/a')).toBe('10.0.0.1');
  });

  test('of an object that became invalid', async () => {
    await write('a.yaml', service('a', '10.0.0.1'));
    const sinks = await feed();
    await write('a.yaml', `${service('a', 'nowhere')}---\n${service('b', '10.0.0.2')}`);
    await until(() => sinks.services.items.has('shop/b'), soon);
    expect(ipOf(sinks, 'shop/a')).toBe('10.0.0.1');
    expect(sinks.problems).toEqual([expect.stringContaining('; what it was before stays served')]);
  });

  test('when a file is truncated and then written', async () => {
    await write('a.yaml', service('a', '10.0.0.1'));
    const sinks = await feed();
    await write('a.yaml', '');
    await wait(150);
    await write('a.yaml', service('a', '10.0.0.2'));
    await until(() => ipOf(sinks, 'shop/a') === '10.0.0.2', soon);
    expect(sinks.services.fewest).toBe(1);
  });

  test('when the whole folder goes, and comes again', async () => {
    const inner = join(folder, 'inner');
    await mkdir(inner);
    await writeFile(join(inner, 'a.yaml'), service('a', '10.0.0.1'));
    const sinks = await feed(inner);
    await rename(inner, join(folder, 'away'));
    await until(() => sinks.problems.length > 0, soon);
    expect(sinks.problems).toEqual([expect.stringMatching(/inner cannot be read: ENOENT.*; what it held stays served/)]);
    expect(ipOf(sinks, 'shop/a')).toBe('10.0.0.1');
    await cp(join(folder, 'away'), inner, { recursive: true });
    await writeFile(join(inner, 'a.yaml'), service('a', '10.0.0.2'));
    await until(() => ipOf(sinks, 'shop/a') === '10.0.0.2', soon);
  });
});
