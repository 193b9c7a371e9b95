/** The access-control stage: the first rule that matches a query decides; a query that matches none passes to the next stage. */
import { emptyAnswer, Source, type Answer } from '../../wire/answer.ts';
import { ExtendedError, Rcode, Type } from '../../wire/iana.ts';
import { ROOT, type Name } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import { compileAll, type Compiled, type RuleProblem } from '../compiled.ts';
import type { Stage } from '../handler.ts';
import { matchPrefixes, prefixTable, type Prefix, type PrefixTable } from '../prefixes.ts';
import { SuffixMap, Suffixes } from '../suffixes.ts';
import { parseAclRule, type AclAction, type AclRule } from './acl-rule.ts';
import { followedTargets, hasFollowed } from './alias-targets.ts';

/** Called for every query that a rule decided; `rule` is the rule's index in the order written, from 0. */
export interface AclObserver {
  decided(rule: number, action: AclAction, query: Query): void;
}

const unobservedAcl: AclObserver = { decided: () => undefined };

/** `zones`: the apexes of our zones, which `zone` in a rule may name; undefined if unknown, and then any zone may be named. */
export function compileAcl(rules: readonly string[], zones: readonly Name[] | undefined): Compiled<readonly AclRule[], RuleProblem> {
  return compileAll('acl', rules, (text) => parseAclRule(text, zones));
}

const prohibited = { code: ExtendedError.PROHIBITED, text: 'not allowed by an access rule' };
const answers: Readonly<Record<AclAction, Answer | undefined>> = {
  allow: undefined,
  drop: undefined,
  refuse: emptyAnswer(Rcode.REFUSED, Source.policy, prohibited),
  nodata: emptyAnswer(Rcode.NOERROR, Source.policy, prohibited),
  nxdomain: emptyAnswer(Rcode.NXDOMAIN, Source.policy, prohibited),
};

/** Returns the stage for `rules` from compileAcl; with no rules the stage is the next handler itself. */
export function acl(rules: readonly AclRule[], zones: readonly Name[], observer: AclObserver = unobservedAcl): Stage {
  if (rules.length === 0) return (next) => next;
  const matcher = new AclMatcher(rules, zones);
  /** Reports the rule that decides, but not one that only allows an alias's target: the query itself was reported. */
  const decide = (query: Query, isAlias = false): AclAction => {
    const index = matcher.first(query);
    if (index === -1) return 'allow';
    const { action } = rules[index]!;
    if (!isAlias || action !== 'allow') observer.decided(index, action, query);
    return action;
  };
  return (next) => (query) => {
    const action = decide(query);
    if (action !== 'allow') return answers[action];
    const outcome = next(query);
    if (!hasFollowed(outcome, query)) return outcome;
    for (const name of followedTargets(query, outcome)) {
      const denial = decide({ ...query, name }, true);
      if (denial === 'refuse' || denial === 'drop') return answers[denial];
      // No name of a cluster has type NULL: NODATA, as for an alias to an absent name.
      if (denial !== 'allow') return next({ ...query, type: Type.NULL });
    }
    return outcome;
  };
}

/** The indexes of the rules of one client prefix: those for any name, and the others by name. Each list is in the order written. */
interface Group {
  readonly anyName: number[];
  readonly byName: SuffixMap<number[]>;
}

/**
 * Finds the first matching rule without trying them one by one: one walk along the bits of the client's address gives the groups whose prefix
 * contains it, and a lookup of each suffix of the name in these groups gives the rules. The cost hardly depends on the number of rules.
 */
export class AclMatcher {
  readonly #rules: readonly AclRule[];
  readonly #zones = new SuffixMap<Name>();
  readonly #groups: Group[];
  readonly #prefixes: PrefixTable;
  readonly #named: boolean;
  readonly #found = new Int32Array(129);
  readonly #suffixes = new Suffixes();

  constructor(rules: readonly AclRule[], zones: readonly Name[]) {
    this.#rules = rules;
    for (const zone of zones) this.#zones.set(zone, zone);
    this.#named = rules.some((rule) => rule.names.length > 0 || rule.zones.length > 0);
    const everyone: Group = { anyName: [], byName: new SuffixMap() };
    const byPrefix = new Map<string, { prefix: Prefix; group: Group }>();
    rules.forEach((rule, index) => {
      if (rule.from.length === 0) enter(everyone, rule, index);
      for (const prefix of rule.from) {
        const key = `${prefix.address.join('.')}/${prefix.length}`;
        const { group } = byPrefix.get(key) ?? { group: { anyName: [], byName: new SuffixMap<number[]>() } };
        byPrefix.set(key, { prefix, group });
        enter(group, rule, index);
      }
    });
    const grouped = [...byPrefix.values()];
    this.#groups = [everyone, ...grouped.map(({ group }) => group)];
    this.#prefixes = prefixTable(grouped.map(({ prefix }, index): [Prefix, number] => [prefix, index + 1]));
  }

  /** Returns the index of the first rule that matches `query`, or -1. */
  first(query: Query): number {
    if (this.#named) this.#suffixes.read(query.name);
    const count = matchPrefixes(this.#prefixes, query.client.address, this.#found);
    let best = this.#firstIn(this.#groups[0]!, query, this.#rules.length);
    for (let i = 0; i < count; i++) best = this.#firstIn(this.#groups[this.#found[i]!]!, query, best);
    return best === this.#rules.length ? -1 : best;
  }

  #firstIn(group: Group, query: Query, best: number): number {
    best = this.#firstOf(group.anyName, query, best);
    if (group.byName.size === 0) return best;
    const { offsets, hashes, count } = this.#suffixes;
    for (let i = 0; i < count; i++) {
      const indexes = group.byName.at(query.name, offsets[i]!, hashes[i]!);
      if (indexes !== undefined) best = this.#firstOf(indexes, query, best);
    }
    return best;
  }

  #firstOf(indexes: readonly number[], query: Query, best: number): number {
    for (const index of indexes) {
      if (index >= best) break;
      const { types, zones } = this.#rules[index]!;
      if (types.length > 0 && !types.includes(query.type)) continue;
      if (zones.length > 0 && !zones.includes(this.#zones.longest(query.name, this.#suffixes) ?? ROOT)) continue;
      return index;
    }
    return best;
  }
}

/** Indexes a rule by its names, or else by its zones; #firstOf still compares the zone, since another of our zones may lie below it. */
function enter(group: Group, rule: AclRule, index: number): void {
  const names = rule.names.length > 0 ? rule.names : rule.zones;
  if (names.length === 0) group.anyName.push(index);
  for (const name of new Set(names)) {
    const indexes = group.byName.get(name) ?? [];
    indexes.push(index);
    group.byName.set(name, indexes);
  }
}
