/** A zone: its subtrees by name, and the answers built from them at the first query and dropped when they change (RFC 1034 section 4.3.2). */
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { ExtendedError, Rcode, Type } from '../wire/iana.ts';
import { NOWHERE } from '../wire/known-names.ts';
import { isWithin, parentOf, readName, type Name } from '../wire/name.ts';
import { soaRdata, srvTarget, type Soa } from '../wire/rdata.ts';
import { BodyWriter, type LazyRRset, type RRset } from '../wire/records.ts';
import { AbsentNames } from './absent-names.ts';
import type { Node, Subtree } from './node.ts';
import { PreparedAnswers } from './prepared-answers.ts';

/**
 * Whether the zone's data is missing (queries get SERVFAIL with RFC 8914 "Not Ready"), from before a restart, or current.
 */
export type ZoneState = 'loading' | 'stale' | 'live';

export interface ZoneAnswer extends Answer {
  /** The target of the last CNAME if it is outside this zone and has to be looked up elsewhere; `leadsOn` is set then. */
  readonly outside?: Name;
}

export interface ZoneOptions {
  readonly apex: Name;
  readonly soa: Omit<Soa, 'serial'>;
  /** TTL of the SOA record, seconds. */
  readonly soaTtl: number;
  /**
   * TTL of the SOA in negative answers, seconds. A resolver caches them for the lesser of this and the SOA's minimum (RFC 2308 section 5), so it
   * can be short, for names that are about to exist, while the SOA's own fields stay as they are.
   */
  readonly negativeTtl: number;
  /**
   * Whether a query for a name missing here goes to the next stage instead of getting NXDOMAIN, as in CoreDNS. Set for reverse zones, which
   * hold only the cluster's own addresses.
   */
  readonly fallthrough: boolean;
}

/** Longest CNAME chain followed: RFC 1034 requires loops to end, and a longer chain of ExternalName Services is a mistake. */
export const MAX_CHAIN = 16;

/** Octets of prepared answers at which all are dropped: the names of an address pattern (10-0-0-1.ns.pod), in all types, would exhaust memory. */
const MAX_PREPARED = 32 * 1024 * 1024;

interface Held {
  readonly subtree: Subtree;
  /** Names that answers were prepared for from this subtree; it may still contain names whose answers were dropped. */
  prepared: Set<Name> | undefined;
}

/** Placeholder for NODATA among prepared answers: the real answer contains the serial, so `noData` finds it by the name's length. */
const NO_DATA: ZoneAnswer = emptyAnswer(Rcode.NOERROR, Source.zone);

export class Zone {
  readonly apex: Name;
  readonly fallthrough: boolean;
  readonly #options: ZoneOptions;
  readonly #subtrees = new Map<Name, Held>();
  readonly #prepared = new PreparedAnswers<ZoneAnswer>();
  readonly #absent = new AbsentNames();
  /** Names whose answers follow a CNAME and so depend on other subtrees: dropped at every change. */
  readonly #following: Name[] = [];
  /** Negative answers by RCODE and the length of the queried name, which alone determines their compression pointers. */
  readonly #denials: (ZoneAnswer | undefined)[] = [];
  #serial = 0;
  #state: ZoneState = 'loading';

  constructor(options: ZoneOptions) {
    this.#options = options;
    this.apex = options.apex;
    this.fallthrough = options.fallthrough;
  }

  get serial(): number {
    return this.#serial;
  }

  get state(): ZoneState {
    return this.#state;
  }

  /** Sets the SOA's serial (RFC 1982) and the state. Prepared answers reflect the old state, so a new one drops them all. */
  mark(serial: number, state: ZoneState): void {
    if (state !== this.#state) this.#dropAll();
    else if (serial !== this.#serial) this.#dropSerial();
    this.#serial = serial;
    this.#state = state;
  }

  /**
   * Removes and adds subtrees, and drops the answers prepared for the `touched` names, whose subtree remains but now makes other nodes. One call
   * is one change: no query is answered in between.
   */
  replace(removed: Iterable<Name>, added: Iterable<Subtree>, touched: Iterable<Name> = []): void {
    for (const apex of removed) this.#forget(apex);
    for (const subtree of added) {
      this.#forget(subtree.apex);
      this.#subtrees.set(subtree.apex, { subtree, prepared: undefined });
    }
    for (const name of touched) this.#prepared.drop(name);
    this.#absent.clear();
    this.#dropSerial();
  }

  /** Returns the answer for `name`, which is in this zone; undefined if the name does not exist. `place`: Query.place. */
  lookup(name: Name, type: number, place: number = NOWHERE): ZoneAnswer | undefined {
    if (!this.#prepared.isAt(name, place) && this.#absent.has(name, place)) return undefined;
    const answer = this.#prepared.find(name, type, place) ?? this.#prepare(name, type, place);
    return answer === NO_DATA ? this.noData(name) : answer;
  }

  /** Reports whether `name` was recently looked up here from `place`, and so is in this zone. */
  remembers(name: Name, place: number): boolean {
    return this.#prepared.isAt(name, place) || this.#absent.has(name, place);
  }

  /** Returns NXDOMAIN for `name`. */
  nonexistent(name: Name): ZoneAnswer {
    return this.#denial(name, Rcode.NXDOMAIN);
  }

  /** Returns NODATA for `name` (RFC 2308 section 2.2). */
  noData(name: Name): ZoneAnswer {
    return this.#denial(name, Rcode.NOERROR);
  }

  nodeAt(name: Name): Node | undefined {
    return this.#nodeIn(this.#held(name), name);
  }

  /** False for an empty non-terminal as well. */
  hasRecords(name: Name): boolean {
    return (this.nodeAt(name)?.rrsets.length ?? 0) > 0;
  }

  /** Every node, the apex first. */
  *nodes(): Generator<Node> {
    const apex = this.nodeAt(this.apex);
    if (apex !== undefined) yield apex;
    for (const { subtree } of this.#subtrees.values()) for (const node of subtree.nodes()) if (node.name !== this.apex) yield node;
  }

  #prepare(name: Name, type: number, place: number): ZoneAnswer | undefined {
    const held = this.#held(name);
    const node = this.#nodeIn(held, name);
    if (held === undefined || node === undefined) {
      this.#absent.add(name, place);
      return undefined;
    }
    if (node.unknown === true) return unknownName;
    if (this.#prepared.octets >= MAX_PREPARED) this.#dropAll();
    const answer = this.#answer(node, type);
    if (answer === NO_DATA && type !== Type.A && type !== Type.AAAA) this.#prepared.putRest(name, typesOf(node), answer);
    else this.#prepared.put(name, type, answer);
    (held.prepared ??= new Set()).add(name);
    return answer;
  }

  #answer(node: Node, type: number): ZoneAnswer {
    const alias = rrsetOf(node, Type.CNAME);
    // As in CoreDNS, an ExternalName Service is followed for address queries only, and gives NODATA for other types.
    if (alias !== undefined && (type === Type.A || type === Type.AAAA)) return this.#follow(node.name, type, alias);
    const rrsets = type === Type.ANY ? node.rrsets : node.rrsets.filter((rrset) => rrset.type === type);
    if (rrsets.length === 0) return NO_DATA;
    const body = new BodyWriter(node.name);
    for (const rrset of rrsets) body.addRRset('answers', node.name, rrset);
    if ((type === Type.SRV || type === Type.NS) && !body.full) this.#addAddresses(body, node.targets ?? this.#targetsOf(rrsets));
    return this.#finish(body, Rcode.NOERROR);
  }

  /** Adds the addresses of SRV or NS targets, the client's next query (RFC 2782, additional section), and makes none beyond the room there is. */
  #addAddresses(body: BodyWriter, targets: Iterable<Node>): void {
    for (const { name, rrsets } of targets) {
      for (const rrset of rrsets) if (rrset.type === Type.A || rrset.type === Type.AAAA) body.addRRset('additionals', name, rrset);
      if (body.full) return;
    }
  }

  /** The targets in this zone, each once. */
  *#targetsOf(rrsets: readonly LazyRRset[]): Generator<Node> {
    for (const name of new Set(rrsets.flatMap(targetNames))) {
      const node = isWithin(name, this.apex) ? this.nodeAt(name) : undefined;
      if (node !== undefined) yield node;
    }
  }

  /** Follows a CNAME (RFC 1034 section 4.3.2 step 3a). A chain that ends in this zone without data gives NODATA without the chain, as in CoreDNS. */
  #follow(name: Name, type: number, first: LazyRRset): ZoneAnswer {
    this.#following.push(name);
    const body = new BodyWriter(name);
    let owner = name;
    let alias = first;
    const passed = new Set<Name>();
    while (passed.size < MAX_CHAIN) {
      passed.add(owner);
      body.addRRset('answers', owner, alias);
      const [target] = targetNames(alias) as [Name];
      if (passed.has(target)) return this.#unfollowed(name, 'CNAME chain leads back to itself');
      if (!isWithin(target, this.apex)) return { ...this.#finish(body, Rcode.NOERROR), leadsOn: true, outside: target };
      const node = this.nodeAt(target);
      if (node?.unknown === true) return unknownName;
      const rrset = node && rrsetOf(node, type);
      if (rrset !== undefined) return this.#finish(body.addRRset('answers', target, rrset), Rcode.NOERROR);
      const next = node && rrsetOf(node, Type.CNAME);
      if (next === undefined) return NO_DATA;
      owner = target;
      alias = next;
    }
    return this.#unfollowed(name, `CNAME chain longer than ${MAX_CHAIN}`);
  }

  /** An alias that leads to no end of ours is answered as if it had no data, with the reason (RFC 8914). */
  #unfollowed(name: Name, text: string): ZoneAnswer {
    return { ...this.noData(name), extendedError: { code: ExtendedError.OTHER, text } };
  }

  #denial(name: Name, rcode: number): ZoneAnswer {
    const index = name.length * 2 + (rcode === Rcode.NXDOMAIN ? 1 : 0);
    const known = this.#denials[index];
    if (known !== undefined) return known;
    // Zeros replace the labels below the apex, so that no pointer leads to labels that other names of this length do not have.
    const anyName = `${'\0'.repeat(name.length - this.apex.length)}${this.apex}` as Name;
    const body = new BodyWriter(anyName).add('authorities', this.apex, Type.SOA, this.#options.negativeTtl, this.#soa().rdata[0]!);
    const answer = this.#finish(body, rcode);
    this.#denials[index] = answer;
    return answer;
  }

  #finish(body: BodyWriter, rcode: number): ZoneAnswer {
    const answer = { ...body.answer(rcode, true, Source.zone), zone: this.apex };
    if (this.#state !== 'stale') return answer;
    const code = rcode === Rcode.NXDOMAIN ? ExtendedError.STALE_NXDOMAIN_ANSWER : ExtendedError.STALE_ANSWER;
    return { ...answer, extendedError: { code, text: 'from before a restart; the cluster is not heard from yet' } };
  }

  #soa(): RRset {
    return { type: Type.SOA, ttl: this.#options.soaTtl, rdata: [soaRdata({ ...this.#options.soa, serial: this.#serial })] };
  }

  #nodeIn(held: Held | undefined, name: Name): Node | undefined {
    const node = held?.subtree.nodeAt(name);
    if (node === undefined || name !== this.apex) return node;
    return { name, rrsets: [this.#soa(), ...node.rrsets] };
  }

  /** The subtree at `name` or at its closest ancestor in this zone. */
  #held(name: Name): Held | undefined {
    for (let at = name; ; at = parentOf(at)) {
      const held = this.#subtrees.get(at);
      if (held !== undefined || at.length <= this.apex.length) return held;
    }
  }

  #forget(apex: Name): void {
    for (const name of this.#subtrees.get(apex)?.prepared ?? []) this.#prepared.drop(name);
    this.#subtrees.delete(apex);
  }

  /** Drops the answers that contain the serial or follow a CNAME. */
  #dropSerial(): void {
    this.#denials.length = 0;
    this.#prepared.drop(this.apex);
    for (const name of this.#following.splice(0)) this.#prepared.drop(name);
  }

  #dropAll(): void {
    this.#dropSerial();
    this.#prepared.clear();
    for (const held of this.#subtrees.values()) held.prepared = undefined;
  }
}

/** The answer until the first list is complete: not NXDOMAIN, since whether a name exists is not known. */
export const notReady: Answer = emptyAnswer(Rcode.SERVFAIL, Source.zone, {
  code: ExtendedError.NOT_READY,
  text: 'the first list of the cluster is not complete',
});

const unknownName: ZoneAnswer = emptyAnswer(Rcode.SERVFAIL, Source.zone, {
  code: ExtendedError.NOT_READY,
  text: 'whether there is such a name is not known yet',
});

function rrsetOf(node: Node, type: number): LazyRRset | undefined {
  for (const rrset of node.rrsets) if (rrset.type === type) return rrset;
  return undefined;
}

/** The types whose answer at this node is not NODATA. */
function typesOf({ rrsets }: Node): number[] {
  return rrsets.length === 0 ? [] : [Type.ANY, ...rrsets.map(({ type }) => type)];
}

/** The names that SRV, NS or CNAME records point at. */
function targetNames({ type, rdata }: LazyRRset): Name[] {
  return Array.from(rdata, (octets) => (type === Type.SRV ? srvTarget(octets) : readName(octets, 0)?.name)!);
}
