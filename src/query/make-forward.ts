/** Makes the forwarding handler from the options, and keeps it up to date with resolv.conf and the CA file. */
import type { Clock, Random } from '../clock.ts';
import { followAuthorities } from '../upstream/authorities.ts';
import { dgramSockets, type UdpSockets } from '../upstream/datagrams.ts';
import { parseEndpoint } from '../upstream/endpoint.ts';
import type { Exchange } from '../upstream/exchange.ts';
import { followFile } from '../upstream/follow-file.ts';
import { LoopCheck, newLoopToken } from '../upstream/loop.ts';
import { noLog, noUpstreamObserver, type Log, type UpstreamObserver } from '../upstream/observer.ts';
import { isOurselves, localAddresses, type ListenAddress } from '../upstream/own-address.ts';
import { parseResolvConf } from '../upstream/resolv-conf.ts';
import type { Policy } from '../upstream/selection.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { Upstreams } from '../upstream/upstreams.ts';
import { nameFromText, type Name } from '../wire/name.ts';
import type { Question } from '../wire/question.ts';
import { forward, routeOf, type ForwardSettings, type Route } from './forward.ts';
import type { Handler } from './handler.ts';
import { SuffixMap } from './suffixes.ts';

/** Values of the options with these names; durations in ms. */
export interface ForwardingOptions {
  readonly upstream: readonly string[];
  readonly zones: Readonly<Record<string, readonly string[]>>;
  readonly resolvConf: string;
  readonly policy: Policy;
  readonly upstreamBudget: number;
  readonly maxConcurrent: number;
  readonly caseRandomization: boolean;
  readonly upstreamCa?: string | undefined;
}

export interface ForwardingParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly observer?: UpstreamObserver;
  readonly log?: Log;
  /** Ends probes, checks, kept connections and the following of files. */
  readonly signal: AbortSignal;
  /** Where this server listens: such an upstream is left out. */
  readonly listening?: readonly ListenAddress[];
  /** Shared by all threads of the process. */
  readonly loopToken?: string;
  /** Called with the zones whose upstreams changed: the old ones' answers for their names may not be what the new ones would give. */
  readonly rerouted?: (zones: readonly Name[]) => void;
  /** UDP sockets; node:dgram's by default. */
  readonly sockets?: UdpSockets;
  /** Replaces sockets in tests. */
  readonly exchange?: (url: string, dropped: () => void) => Exchange;
}

export interface Forwarding {
  readonly handler: Handler;
  /** Returns the upstreams that a question for `name` goes to. */
  route(question: Pick<Question, 'name' | 'type'>): Route;
  /** Applies new options at once; questions in flight finish with the old ones. */
  replace(options: ForwardingOptions): void;
}

/**
 * A missing resolv.conf is only a warning, since it may appear later; so are CA certificates that became unreadable after forwarding-problems.ts checked
 * them. Both files are followed.
 */
export function makeForward(options: ForwardingOptions, parts: ForwardingParts): Forwarding {
  return new Forwarder(options, parts);
}

type Zones = ReadonlyMap<Name, readonly Upstream[]>;

class Forwarder implements Forwarding {
  readonly handler: Handler;
  readonly #parts: ForwardingParts;
  readonly #log: Log;
  readonly #upstreams: Upstreams;
  #options: ForwardingOptions;
  /** Those of resolv.conf. */
  #nameservers: readonly string[] = [];
  /** Undefined only while the first ones are made. */
  #settings: ForwardSettings | undefined;
  #zones: Zones = new Map();
  /** PEM of the CA file. */
  #ca: string | undefined;
  #following = new AbortController();

  constructor(options: ForwardingOptions, parts: ForwardingParts) {
    const { clock, random, signal, observer = noUpstreamObserver, log = noLog, exchange, sockets = dgramSockets } = parts;
    const loops = new LoopCheck(parts.loopToken ?? newLoopToken());
    this.#options = options;
    this.#parts = parts;
    this.#log = log;
    this.#upstreams = new Upstreams({ clock, observer, log, loops, signal, connectUdp: sockets.connect, ...(exchange && { exchange }) });
    this.#trust();
    this.#followResolvConf();
    const ask = forward(() => this.#current, { clock, random, observer, whenRead: sockets.whenRead });
    this.handler = (query) => (loops.isProbe(query.name) ? loops.answer(query.name) : ask(query));
    this.#settings ??= this.#settle();
  }

  route(question: Pick<Question, 'name' | 'type'>): Route {
    return routeOf(this.#current.routes, question);
  }

  replace(options: ForwardingOptions): void {
    this.#options = options;
    this.#trust();
    this.#settings = this.#settle();
  }

  get #current(): ForwardSettings {
    return (this.#settings ??= this.#settle());
  }

  /** Reads the CA file of the options, and follows it in place of the one before. */
  #trust(): void {
    this.#following.abort();
    this.#following = new AbortController();
    const path = this.#options.upstreamCa;
    if (path === undefined) {
      this.#ca = undefined;
      return;
    }
    const log = this.#log;
    const changed = (pem: string): void => {
      log.info(`--upstream-ca ${path} has changed: connections made from now on trust what it holds`);
      this.#ca = pem;
      this.#settings = this.#settle();
    };
    const signal = AbortSignal.any([this.#parts.signal, this.#following.signal]);
    this.#ca = followAuthorities(path, this.#ca, { clock: this.#parts.clock, signal, warn: (text) => log.warn(text), changed });
  }

  #followResolvConf(): void {
    const { clock, signal } = this.#parts;
    const path = this.#options.resolvConf;
    followFile(path, {
      clock,
      signal,
      changed: (text) => this.#useResolvConf(path, text),
      unreadable: (error) => {
        if (this.#options.upstream.length === 0)
          this.#log.warn(`--resolv-conf ${path} cannot be read (${error.message}): ${whatFollows(this.#nameservers)}`);
      },
    });
  }

  #useResolvConf(path: string, text: string): void {
    const { nameservers, refused } = parseResolvConf(text);
    const before = this.#nameservers;
    // A file without nameservers is just being written, or broken: like an unreadable one, it changes nothing.
    if (nameservers.length > 0) this.#nameservers = nameservers;
    if (this.#options.upstream.length > 0) return;
    for (const line of refused) this.#log.warn(`${path} ${line}`);
    if (nameservers.length === 0) this.#log.warn(`${path} names no nameserver: ${whatFollows(before)}`);
    else if (this.#settings !== undefined) this.#log.info(`${path} has been read again: asked are ${nameservers.join(', ')}`);
    this.#settings = this.#settle();
  }

  /** Makes the routes of what the options and resolv.conf name now. */
  #settle(): ForwardSettings {
    const options = this.#options;
    const { rerouted } = this.#parts;
    const local = localAddresses();
    const urls = zonesOf(options, this.#nameservers, (url) => this.#isOther(url, local));
    const inUse = this.#upstreams.use(new Set([...urls.values()].flat()), { ca: this.#ca, randomCase: options.caseRandomization });
    const zones = new Map<Name, readonly Upstream[]>();
    const routes = new SuffixMap<Route>();
    for (const [zone, ofZone] of urls) {
      const upstreams = [...new Set(ofZone)].map((url) => inUse.get(url)!);
      zones.set(zone, upstreams);
      routes.set(zone, { zone, upstreams });
    }
    const before = this.#zones;
    this.#zones = zones;
    const differ = rerouted === undefined || this.#settings === undefined ? [] : zonesThatDiffer(before, zones);
    if (differ.length > 0) rerouted?.(differ);
    return { routes, policy: options.policy, budget: options.upstreamBudget, maxConcurrent: options.maxConcurrent };
  }

  #isOther(url: string, local: readonly string[]): boolean {
    const own = isOurselves(parseEndpoint(url), this.#parts.listening ?? [], local);
    if (own) this.#log.warn(`upstream ${url} is this server itself and is left out: name a nameserver outside the cluster by --upstream`);
    return !own;
  }
}

/** Says what happens to questions while the file has no nameserver. */
function whatFollows(before: readonly string[]): string {
  return before.length === 0
    ? 'outside names get SERVFAIL; name upstreams by --upstream'
    : `those before are asked on (${before.join(', ')})`;
}

function zonesOf(
  options: ForwardingOptions,
  nameservers: readonly string[],
  isOther: (url: string) => boolean,
): Map<Name, readonly string[]> {
  const zones = { '.': options.upstream.length > 0 ? options.upstream : nameservers, ...options.zones };
  return new Map(Object.entries(zones).map(([zone, urls]) => [nameOf(zone), urls.filter(isOther)]));
}

/** Returns the zones whose upstreams differ, in whatever order these are listed. */
function zonesThatDiffer(before: Zones, now: Zones): Name[] {
  const urlsOf = (upstreams: readonly Upstream[] = []): string => JSON.stringify(upstreams.map(({ url }) => url).sort());
  return [...new Set([...before.keys(), ...now.keys()])].filter((zone) => urlsOf(before.get(zone)) !== urlsOf(now.get(zone)));
}

function nameOf(zone: string): Name {
  const name = nameFromText(zone);
  if (name === undefined) throw new TypeError(`zones: ${zone} is no domain name`);
  return name;
}
