/** An explanation with the serving threads' part: what they have in their caches, and which upstreams they would ask. */
import { explain } from '../../src/cluster/explain.ts';
import type { Explanation } from '../../src/cluster/explanation.ts';
import type { Publisher } from '../../src/cluster/publisher.ts';
import type { Options } from '../../src/config/options.ts';
import { typeName } from '../../src/wire/iana.ts';
import { nameToText, type Name } from '../../src/wire/name.ts';
import { accessRules, keepsFromAll, otherRules, type AccessRule } from './explain-rules.ts';
import type { ServingThreads } from './serving-threads.ts';
import { explainOptions } from './zones-options.ts';

/** An answer in a thread's cache, as text. */
export interface CacheLine {
  readonly name: string;
  readonly type: string;
  readonly rcode: string;
  readonly kind: string;
  readonly state: string;
  /** Seconds left. */
  readonly ttl: number;
  readonly hits: number;
  readonly bytes: number;
}

/** What one thread does with a name outside our zones. */
export interface OutsideExplanation {
  /** The stage that answers it, unless a rule on clients or on addresses in answers forbids it. */
  readonly stage: 'authority' | 'filter' | 'hosts' | 'specialNames' | 'cache' | 'forward';
  /** A blocklist or response policy zone with a rule for the name, and what the rule does. */
  readonly policy?: { readonly list: string; readonly action: string };
  readonly cached: readonly CacheLine[];
  /** Upstreams that it would be forwarded to, the best first; empty if none is asked. */
  readonly upstreams: readonly UpstreamLine[];
  /** The entry of the option `zones` that decides it; `.` for all other names. */
  readonly forwardZone: string;
}

/** What one thread does with a name. */
export interface ServingExplanation extends OutsideExplanation {
  /** Where the aliases of our zones lead, if outside of them. */
  readonly target?: OutsideExplanation & { readonly name: string };
}

export interface UpstreamLine {
  readonly url: string;
  readonly state: string;
  /** ms. */
  readonly roundTrip: number;
}

export interface FullExplanation extends Explanation {
  /** Absent when no server was asked, like the fields below. */
  readonly access?: readonly AccessRule[];
  /** What other options do to the question, one sentence each. */
  readonly rules?: readonly string[];
  readonly serving?: readonly ServingExplanation[];
}

export async function fullExplanation(
  name: Name,
  type: number,
  publisher: Publisher,
  threads: ServingThreads,
  options: Options,
): Promise<FullExplanation> {
  const serving = (await threads.ask({ kind: 'explain', name: nameToText(name), type: typeName(type) })) as readonly ServingExplanation[];
  const explanation = explain(name, type, publisher, explainOptions(options));
  return {
    ...explanation,
    access: accessRules(name, type, options, explanation.chain),
    rules: otherRules(name, type, options, explanation, serving, () => publisher.snapshot().namespaces),
    serving,
  };
}

/** Returns lines for a person, without line breaks at their end. */
export function servingText({ access = [], rules = [], serving = [] }: FullExplanation): string[] {
  const said = [
    ...access.map(
      ({ rule, everyone, alias }) =>
        `${everyone ? 'every client meets' : 'clients that it names meet'} the access rule "${rule}"${alias === undefined ? '' : ` on ${alias}`}`,
    ),
    ...rules,
  ];
  return keepsFromAll(access) ? said : [...said, ...serving.flatMap(threadText)];
}

function threadText({ target, ...own }: ServingExplanation, index: number): string[] {
  const { cached, upstreams, forwardZone } = target ?? own;
  return [
    `thread ${index}: answered by ${target === undefined ? stageText(own) : `${own.stage}, and ${target.name} by ${stageText(target)}`}`,
    ...cached.map(
      ({ type, rcode, kind, state, ttl, hits }) =>
        `  cached: ${type} ${rcode}, ${kind}, ${state}, ${ttl >= 0 ? `${ttl} s left` : `ended ${-ttl} s ago`}, ${hits} hits`,
    ),
    ...upstreams.map(({ url, state, roundTrip }) => `  would ask ${url} (${state}, ${roundTrip.toFixed(1)} ms) for zone ${forwardZone}`),
  ];
}

function stageText({ stage, policy }: OutsideExplanation): string {
  return policy === undefined ? stage : `${stage}: ${policy.list} has a rule for the name: ${policy.action}`;
}
