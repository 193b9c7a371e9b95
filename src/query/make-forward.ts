/** Makes the forwarding handler from the options, and keeps it up to date with resolv.conf and the CA file. */
import type { Clock, Random } from '../clock.ts';
import { followAuthorities } from '../upstream/authorities.ts';
import { dgramSockets, type UdpSockets } from '../upstream/datagrams.ts';
import { parseEndpoint } from '../upstream/endpoint.ts';
import type { Exchange } from '../upstream/exchange.ts';
import { followFile } from '../upstream/follow-file.ts';
import { LoopCheck, newLoopToken } from '../upstream/loop.ts';
import { noLog, noUpstreamObserver, type Log, type UpstreamObserver } from '../upstream/observer.ts';
import { isOurselves, type ListenAddress } from '../upstream/own-address.ts';
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
  /** Called with each zone whose upstreams changed: the old ones' answers for its names may not be what the new ones would give. */
  readonly rerouted?: (zone: Name) => void;
  /** UDP sockets; node:dgram's by default. */
  readonly sockets?: UdpSockets;
  /** Replaces sockets in tests. */
  readonly exchange?: (url: string, dropped: () => void) => Exchange;
}

type Zones = Map<Name, readonly Upstream[]>;

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
  const {
    clock,
    random,
    signal,
    observer = noUpstreamObserver,
    log = noLog,
    listening = [],
    exchange,
    sockets = dgramSockets,
    rerouted,
  } = parts;
  const loops = new LoopCheck(parts.loopToken ?? newLoopToken());
  const upstreams = new Upstreams({ clock, observer, log, loops, signal, connectUdp: sockets.connect, ...(exchange && { exchange }) });
  const isOther = (url: string): boolean => {
    const own = isOurselves(parseEndpoint(url), listening);
    if (own) log.warn(`upstream ${url} is this server itself and is left out: name a nameserver outside the cluster by --upstream`);
    return !own;
  };
  let nameservers: readonly string[] = [];
  let settings: ForwardSettings | undefined;
  let zones: Zones = new Map();
  let ca: string | undefined;
  let following = new AbortController();
  const trust = (): void => {
    following.abort();
    following = new AbortController();
    const path = options.upstreamCa;
    if (path === undefined) {
      ca = undefined;
      return;
    }
    const changed = (pem: string): void => {
      log.info(`--upstream-ca ${path} has changed: connections made from now on trust what it holds`);
      ca = pem;
      settings = settle();
    };
    const living = AbortSignal.any([signal, following.signal]);
    ca = followAuthorities(path, ca, { clock, signal: living, warn: (text) => log.warn(text), changed });
  };
  trust();
  const settle = (): ForwardSettings => {
    const urls = zonesOf(options, nameservers, isOther);
    const inUse = upstreams.use(new Set([...urls.values()].flat()), { ca, randomCase: options.caseRandomization });
    const before = zones;
    const routes = new SuffixMap<Route>();
    zones = new Map();
    for (const [zone, ofZone] of urls) {
      const ofThisZone = [...new Set(ofZone)].map((url) => inUse.get(url)!);
      zones.set(zone, ofThisZone);
      routes.set(zone, { zone, upstreams: ofThisZone });
    }
    if (rerouted !== undefined && settings !== undefined) for (const zone of zonesThatDiffer(before, zones)) rerouted(zone);
    return { routes, policy: options.policy, budget: options.upstreamBudget, maxConcurrent: options.maxConcurrent };
  };
  followFile(options.resolvConf, {
    clock,
    signal,
    changed: (text) => {
      const found = parseResolvConf(text);
      const before = nameservers;
      // A file without nameservers is just being written, or broken: like an unreadable one, it changes nothing.
      if (found.nameservers.length > 0) nameservers = found.nameservers;
      if (options.upstream.length > 0) return;
      for (const refused of found.refused) log.warn(`${options.resolvConf} ${refused}`);
      if (found.nameservers.length === 0) log.warn(`${options.resolvConf} names no nameserver: ${whatFollows(before)}`);
      else if (settings !== undefined) log.info(`${options.resolvConf} has been read again: asked are ${nameservers.join(', ')}`);
      settings = settle();
    },
    unreadable: (error) => {
      if (options.upstream.length === 0)
        log.warn(`--resolv-conf ${options.resolvConf} cannot be read (${error.message}): ${whatFollows(nameservers)}`);
    },
  });
  settings ??= settle();
  const ask = forward(() => (settings ??= settle()), { clock, random, observer, whenRead: sockets.whenRead });
  return {
    handler: (query) => (loops.isProbe(query.name) ? loops.answer(query.name) : ask(query)),
    route: (question) => routeOf((settings ??= settle()).routes, question),
    replace(changed) {
      options = changed;
      trust();
      settings = settle();
    },
  };
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
