/** The data plane of one serving thread: builds its zones, stages and caches, and rebuilds them when options change. */
import { systemClock, systemRandom } from '../../src/clock.ts';
import type { ClusterUpdate } from '../../src/cluster/update.ts';
import { ClusterZones } from '../../src/cluster/zones.ts';
import type { Options } from '../../src/config/options.ts';
import { allowedClients } from '../../src/query/acl/forward-allow.ts';
import { anyOutside } from '../../src/query/any.ts';
import { autopath } from '../../src/query/autopath.ts';
import { authority } from '../../src/query/authority.ts';
import { Cache } from '../../src/query/cache.ts';
import { chaos } from '../../src/query/chaos.ts';
import { ClientPlaces } from '../../src/query/client-limit/client-places.ts';
import { Congestion } from '../../src/query/client-limit/congestion.ts';
import type { Action } from '../../src/query/filter/action.ts';
import { Policies, type PolicyData } from '../../src/query/filter/policies.ts';
import { filterAaaa } from '../../src/query/filter-aaaa.ts';
import type { Handler, Stage } from '../../src/query/handler.ts';
import type { Route } from '../../src/query/forward.ts';
import type { UdpSockets } from '../../src/upstream/datagrams.ts';
import { HostsFiles } from '../../src/query/hosts.ts';
import { UNTIL_CHANGE, type Lasting } from '../../src/query/lasting.ts';
import { makeForward, type Forwarding } from '../../src/query/make-forward.ts';
import { specialNames } from '../../src/query/special-names.ts';
import { transfer } from '../../src/query/transfer.ts';
import { cellOf } from '../../src/telemetry/cells.ts';
import type { Counters } from '../../src/telemetry/counters.ts';
import type { UpstreamObserver } from '../../src/upstream/observer.ts';
import { cacheObserver, upstreamLog } from '../../src/telemetry/forward-observers.ts';
import { hostsObserver } from '../../src/telemetry/hosts-metrics.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { policyObservers } from '../../src/telemetry/policy-observers.ts';
import type { Slots } from '../../src/telemetry/slots.ts';
import type { Answer } from '../../src/wire/answer.ts';
import { Type } from '../../src/wire/iana.ts';
import { isWithin, type Name } from '../../src/wire/name.ts';
import type { Client, Query } from '../../src/wire/query.ts';
import type { Question } from '../../src/wire/question.ts';
import { Zones } from '../../src/zone/zones.ts';
import { waitingShareOf } from './limits.ts';
import { judgesClients, judgesOutside, pipeline, without, type Stages } from './pipeline.ts';
import { policyMaker, type MakePolicies, type PolicyStages } from './policies.ts';
import { version } from './version.ts';
import { clusterZonesOptions } from './zones-options.ts';

export interface DataPlaneParts {
  readonly counters: Counters;
  readonly slots: Slots;
  readonly log: Log;
  readonly upstreamObserver: UpstreamObserver;
  /** UDP sockets to upstreams; node:dgram's by default. */
  readonly sockets?: UdpSockets;
  /** Called for every query that a blocklist or policy zone blocks: any action but passthru, tcp-only and local data. */
  readonly blocked?: (query: Query) => void;
  /** Secrets of DNS cookies until a file names others; the same in all threads, as is the token. */
  readonly cookieSecrets: readonly Uint8Array[];
  /** Called when an answer that lasts may be another from now on. */
  readonly changed?: () => void;
  /** Called when it may be another, as `stillLasts` tells, because our zones have changed. */
  readonly zonesChanged?: () => void;
  /** Ends what runs in the background: probes, following of files. */
  readonly signal: AbortSignal;
  /** Identifies our probes for loops, whichever thread they return to. */
  readonly loopToken: string;
}

export class DataPlane {
  readonly congestion: Congestion = new Congestion(systemClock);
  readonly #parts: DataPlaneParts;
  readonly #cache: Cache;
  readonly #forwarding: Forwarding;
  #options: Options;
  #zones: ClusterZones;
  /** Those of `#zones`, as queries find them. */
  #served: Zones;
  /** Zones of reloaded options, until they are complete. */
  #nextZones: ClusterZones | undefined;
  readonly #makePolicies: MakePolicies;
  #policies: PolicyStages;
  readonly #hosts: HostsFiles;
  /** DS of a zone's apex is asked elsewhere than the zone's names (RFC 4035 section 3.1.4.1), so the route is that of addresses. */
  readonly #specialNames: Stage = specialNames((name) => this.#forwarding.route({ name, type: Type.A }).zone);
  /** Blocklists and response policy zones. */
  #lists: PolicyData | undefined;
  #answer: Handler;
  /** Our zones alone, if no stage judges clients. */
  #lasting: Handler | undefined;
  /** Whether all clients that may ask for outside names get the same answers. */
  #cacheLasts = false;
  /** Whether a client may ask for outside names. */
  #isAllowed: (client: Client) => boolean = () => false;

  constructor(options: Options, parts: DataPlaneParts) {
    const { counters, log, signal } = parts;
    this.#options = options;
    this.#parts = parts;
    this.#zones = new ClusterZones(clusterZonesOptions(options));
    this.#served = new Zones(this.#zones.all);
    const observers = policyObservers(counters, log);
    const ofCache = { ...cacheObserver(counters, log), flushed: () => parts.changed?.() };
    const waiting = new ClientPlaces(
      waitingShareOf(() => this.#options, this.congestion),
      observers.clientLimit,
    );
    this.#cache = new Cache(cacheOptions(options), systemClock, systemRandom, ofCache, waiting);
    this.#forwarding = makeForward(options, {
      clock: systemClock,
      random: systemRandom,
      observer: parts.upstreamObserver,
      log: upstreamLog(log),
      signal,
      ...(parts.sockets && { sockets: parts.sockets }),
      listening: options.listen,
      loopToken: parts.loopToken,
      rerouted: (zones) => void this.#cache.flush({ zones }),
    });
    this.#makePolicies = policyMaker({
      ...parts,
      observers,
      cookieSecretFile: options.cookieSecret,
      congestion: this.congestion,
      namespaceOf: (address) => this.#zones.namespaceOf(address),
    });
    this.#policies = this.#makePolicies(options, undefined);
    this.#hosts = new HostsFiles({
      clock: systemClock,
      log: upstreamLog(log),
      signal,
      observer: hostsObserver(counters, parts.slots, systemClock),
      rebuilt: () => parts.changed?.(),
      isOurs: (name) => this.#zones.all.some(({ apex }) => isWithin(name, apex)),
    });
    this.#hosts.use(options.hosts, true);
    this.#answer = this.#compose();
  }

  /** Passes each query to the stages as they are then. */
  readonly handler: Handler = (query) => this.#answer(query);

  /**
   * Returns how long every client that may ask gets `answer` for `query`, until `changed` or `zonesChanged` is called; undefined: what is asked
   * elsewhere or made for one query does not last. `repeats`: how often it was repeated since this was last asked.
   */
  lasting(query: Query, answer: Answer, repeats: number): Lasting | undefined {
    if (answer.ageing !== undefined) return this.#repeatsCached(query) ? this.#cache.lasting(query, answer, repeats) : undefined;
    return answer.zone !== undefined && this.#lasting?.(query) === answer ? UNTIL_CHANGE : undefined;
  }

  /** Whether an answer that lasted before our zones changed still does: it is still theirs, or from the cache and for a name outside all of them. */
  stillLasts(query: Query, answer: Answer): boolean {
    return answer.ageing === undefined ? this.#lasting?.(query) === answer : this.#served.find(query.name, query.place) === undefined;
  }

  /** Not where AAAA are filtered: for one answer the cache is asked twice, and both have to count. */
  #repeatsCached({ type }: Query): boolean {
    return this.#cacheLasts && !(type === Type.AAAA && this.#options.filterAaaa !== 'off');
  }

  /** Whether the client may ask for an answer from the cache that is repeated. If so, counts the hit. */
  repeats({ client }: Query, hit: number): boolean {
    const isAllowed = this.#isAllowed(client);
    if (isAllowed) this.#cache.repeated(hit);
    return isAllowed;
  }

  /** Whether any upstream is being asked. */
  readonly isAsking = (): boolean => this.#cache.asking > 0;

  get policies(): PolicyStages {
    return this.#policies;
  }

  get cache(): Cache {
    return this.#cache;
  }

  get zones(): Zones {
    return this.#served;
  }

  /** Returns where a question is forwarded. */
  route(question: Pick<Question, 'name' | 'type'>): Route {
    return this.#forwarding.route(question);
  }

  /** Returns the policy on the name itself, and its list. */
  policyOn(name: Name): { readonly list: string; readonly action: Action } | undefined {
    const policy = this.#lists && new Policies(this.#lists).forName(name);
    return policy && { list: this.#lists!.lists[policy.list]!.name, action: policy.action };
  }

  /** Whether a hosts file answers the query. */
  hostsHave(query: Query): boolean {
    return this.#hostsStage(() => undefined)(query) !== undefined;
  }

  /** Whether no upstream is asked for the query, because of its name. */
  isSpecial(query: Query): boolean {
    return this.#specialNames(() => undefined)(query) !== undefined;
  }

  apply(update: ClusterUpdate): void {
    this.#zones.apply(update);
    this.#nextZones?.apply(update);
    this.#parts.zonesChanged?.();
  }

  /** Applies options at once, except what shows in the zones: `anew` begins new zones, which `rebuild` fills and `useRebuilt` puts in their place. */
  reload(options: Options, anew: boolean): void {
    const otherHosts = JSON.stringify(options.hosts) !== JSON.stringify(this.#options.hosts);
    this.#options = options;
    this.#forwarding.replace(options);
    this.#cache.configure(cacheOptions(options));
    this.#policies = this.#makePolicies(options, this.#lists);
    if (anew) this.#nextZones = new ClusterZones(clusterZonesOptions(options));
    if (otherHosts) this.#hosts.use(options.hosts, false);
    this.#answer = this.#compose();
  }

  /** Fills the zones of the reloaded options beside those being served. Changes meanwhile reach both by `apply`. */
  rebuild(update: ClusterUpdate): void {
    this.#nextZones?.apply(update);
  }

  /** Replaces the zones being served by the rebuilt ones. */
  useRebuilt(): void {
    if (this.#nextZones === undefined) return;
    this.#zones = this.#nextZones;
    this.#served = new Zones(this.#zones.all);
    this.#nextZones = undefined;
    this.#answer = this.#compose();
  }

  /** Takes up other blocklists and response policy zones, between two queries. */
  useLists(lists: PolicyData): void {
    this.#lists = lists;
    this.#policies = this.#makePolicies(this.#options, lists);
    this.#answer = this.#compose();
  }

  get #hostsStage(): Stage {
    return this.#options.hosts.length === 0 ? without : this.#hosts.stage;
  }

  #compose(): Handler {
    const options = this.#options;
    const { counters } = this.#parts;
    const inside = authority(this.#served, options.any);
    const stages: Stages = {
      ...this.#policies.stages(inside),
      chaos: chaos(
        options.chaos
          ? { 'version.bind': `kubezone ${version}`, 'version.server': `kubezone ${version}`, 'id.server': options.nsid ?? '' }
          : {},
      ),
      transfer,
      autopath: options.autopath ? autopath([this.#zones.forward.apex], () => void (counters[cellOf('autopathAnswers')]! += 1)) : without,
      authority: inside,
      any: anyOutside(options.any),
      hosts: this.#hostsStage,
      specialNames: this.#specialNames,
      filterAaaa: filterAaaa(options.filterAaaa, () => this.#zones.hasIPv6),
      cache: this.#cache.stage,
    };
    this.#lasting = judgesClients(stages) ? undefined : inside(() => undefined);
    this.#cacheLasts = this.#lasting !== undefined && !judgesOutside(stages);
    this.#isAllowed = allowedClients(options.forwardAllow);
    this.#parts.changed?.();
    return pipeline(stages, this.#forwarding.handler);
  }
}

/** Each thread has a cache of its own; together they have the size given by the option. */
function cacheOptions(options: Options): Options {
  return { ...options, cacheSize: Math.floor(options.cacheSize / options.threads) };
}
