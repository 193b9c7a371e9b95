/** The cost of one query from packet to packet, through every stage of the default options and with telemetry: everything but the sockets. */
import { bench, do_not_optimize, run, summary } from 'mitata';
import { DataPlane } from '../../cmd/kubezone/data-plane.ts';
import { servingObservers } from '../../cmd/kubezone/serving-observers.ts';
import { systemClock } from '../../src/clock.ts';
import type { PublishedService } from '../../src/cluster/update.ts';
import { load } from '../../src/config/load.ts';
import { responder } from '../../src/server/responder.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { sharedMemory, threadCounters } from '../../src/telemetry/shared-memory.ts';
import { Slots } from '../../src/telemetry/slots.ts';
import { Type } from '../../src/wire/iana.ts';
import { nameFromText } from '../../src/wire/name.ts';
import type { Client } from '../../src/wire/query.ts';
import { writeQuestion } from '../../src/wire/question.ts';
import { startOutside } from './outside.ts';

const NAMES = 5000;
/** Queries per batch; the observer is called once for each batch. */
const BATCH = 64;

const nothing = (): void => undefined;
const log: Log = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
const outside = await startOutside();
// Kept for as long as this takes.
const loaded = load([`--upstream=127.0.0.1:${outside.port}`, '--cache-max-ttl=3600'], {}, () => '');
if ('errors' in loaded) throw new Error(loaded.errors.map(({ message }) => message).join('\n'));
const { options } = loaded;
const stopping = new AbortController();
const [memory] = sharedMemory(1, 4 * 1024 * 1024).threads;
const counters = threadCounters(memory!.counters);
const slots = new Slots(memory!.slots);
const observers = servingObservers(options, { counters, slots, log, ring: memory!.ring });
const plane = new DataPlane(options, {
  counters,
  slots,
  log,
  upstreamObserver: observers.upstream,
  cookieSecrets: [new Uint8Array(16)],
  signal: stopping.signal,
  loopToken: 'bench',
});
plane.apply({
  serial: 1,
  state: 'live',
  services: Array.from({ length: NAMES }, (_, i) => clusterService(i)),
  removedServices: [],
  namespaces: { added: Array.from({ length: 50 }, (_, i) => `ns-${i}`), removed: [] },
  pods: { added: [], removed: [] },
});

function clusterService(i: number): PublishedService {
  const [namespace, name] = [`ns-${i % 50}`, `svc-${i}`];
  const clusterIPs = [String.fromCharCode(10, 96, i >> 8, i & 255)];
  const ports = [{ name: 'http', protocol: 'tcp', port: 80 }];
  return { key: `${namespace}/${name}`, namespace, name, kind: 'clusterIP', clusterIPs, externalName: '', ports, endpoints: [] };
}

const respond = responder(plane.handler, {
  clock: systemClock,
  observer: observers.responder,
  udpPayload: options.udpPayload,
  nsid: options.nsid,
  cookie: (query) => plane.policies.cookie?.(query) ?? {},
});

const outsideName = (i: number): string => `www-${i}.outside.example`;
const packetOf = (name: string, type: number, i: number): Uint8Array =>
  writeQuestion({ name: nameFromText(name)!, type, dnssecOk: false, checkingDisabled: false }, i, 1232);

/** Has each outside name asked, so that the cache answers from then on. */
async function fillCache(): Promise<void> {
  const client: Client = { address: Uint8Array.of(10, 1, 0, 0), port: 4000, transport: 'udp' };
  const target = new Uint8Array(2048);
  for (let i = 0; i < NAMES; i++) {
    const packet = packetOf(outsideName(i), Type.A, i);
    await new Promise<void>((resolve) => {
      if (respond(packet, packet.length, client, systemClock.monotonic(), target, () => resolve()) >= 0) resolve();
    });
  }
}

/** The queries ask for the names in turn, so that no name stays in the processor's caches more than it would in a real server. */
function ask(what: string, nameOf: (i: number) => string, type: number = Type.A): void {
  const clients: Client[] = Array.from({ length: 256 }, (_, i) => ({ address: Uint8Array.of(10, 1, 0, i), port: 4000, transport: 'udp' }));
  const packets = Array.from({ length: NAMES }, (_, i) => packetOf(nameOf(i), type, i));
  const target = new Uint8Array(2048);
  let i = 0;
  bench(what, () => {
    const now = systemClock.monotonic();
    for (let left = BATCH; left > 0; left--) {
      i = (i + 1) % NAMES;
      do_not_optimize(respond(packets[i]!, packets[i]!.length, clients[i & 255]!, now, target, nothing));
    }
    observers.responder.batch(0.1);
  });
}

await fillCache();
summary(() => {
  ask('64 outside names from the cache', outsideName);
  ask('64 addresses of Services', (i) => `svc-${i}.ns-${i % 50}.svc.cluster.local`);
  ask('64 times NODATA', (i) => `svc-${i}.ns-${i % 50}.svc.cluster.local`, Type.AAAA);
  ask('64 missing Services', (i) => `gone-${i}.ns-${i % 50}.svc.cluster.local`);
  ask('64 search paths, namespace', (i) => `www.example${i}.com.ns-${i % 50}.svc.cluster.local`);
  ask('64 search paths, svc', (i) => `www.example${i}.com.svc.cluster.local`);
  ask('64 search paths, zone', (i) => `www.example${i}.com.cluster.local`);
  ask('64 ports (SRV)', (i) => `_http._tcp.svc-${i}.ns-${i % 50}.svc.cluster.local`, Type.SRV);
  ask('64 reverse names', (i) => `${i & 255}.${i >> 8}.96.10.in-addr.arpa`, Type.PTR);
});

await run();
stopping.abort();
await outside.close();
