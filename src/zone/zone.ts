/** A zone: subtrees by name, and the answers prepared from them at their first question and dropped when they change (RFC 1034 section 4.3.2). */
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
 * What is known: nothing yet (nothing may be said, RFC 8914 "Not Ready"), what was known before a restart, or what the source says now.
 */
export type ZoneState = 'loading' | 'stale' | 'live';

export interface ZoneAnswer extends Answer {
  /** The target of the last CNAME, when it is outside this zone and has to be asked elsewhere: the answer leads on. */
  readonly outside?: Name;
}

export interface ZoneOptions {
  readonly apex: Name;
  readonly soa: Omit<Soa, 'serial'>;
  /** TTL of the SOA record, seconds. */
  readonly soaTtl: number;
  /**
   * TTL of the SOA in negative answers, seconds. A resolver keeps them for the lesser of this and the SOA's minimum (RFC 2308 section 5), so it
   * can be short, for names that are about to exist, while the SOA shows what it always showed.
   */
  readonly negativeTtl: number;
  /** Whether a name missing here goes to the next stage instead of NXDOMAIN (CoreDNS: fallthrough). Set for reverse zones, which hold only the cluster's own addresses. */
  readonly passesOn: boolean;
}

/** RFC 1034 asks for loops to end; longer chains of ExternalName Services are a mistake. */
const MAX_CHAIN = 16;

/** Octets of prepared answers at which all are dropped: an address pattern (10-0-0-1.ns.pod) has more names, and a name more types, than memory. */
const MAX_PREPARED = 32 * 1024 * 1024;

interface Held {
  readonly subtree: Subtree;
  /** Names prepared from it; a name whose answers were dropped may still be here. */
  prepared: Set<Name> | undefined;
}

/** Stands for NODATA among prepared answers: the denial itself shows the serial, so it is found by the name's length when asked. */
const NO_DATA: ZoneAnswer = emptyAnswer(Rcode.NOERROR, Source.zone);

export class Zone {
  readonly apex: Name;
  readonly passesOn: boolean;
  readonly #options: ZoneOptions;
  readonly #subtrees = new Map<Name, Held>();
  readonly #prepared = new PreparedAnswers<ZoneAnswer>();
  readonly #absent = new AbsentNames();
  /** Names whose answers follow a CNAME and so hang on other subtrees: dropped with any change. */
  readonly #following: Name[] = [];
  /** Negative answers by the length of the name asked, which alone decides where their pointers go. */
  readonly #denials: (ZoneAnswer | undefined)[] = [];
  #serial = 0;
  #state: ZoneState = 'loading';

  constructor(options: ZoneOptions) {
    this.#options = options;
    this.apex = options.apex;
    this.passesOn = options.passesOn;
  }

  get serial(): number {
    return this.#serial;
  }

  get state(): ZoneState {
    return this.#state;
  }

  /** Sets the SOA's serial (RFC 1982) and what is known. Every answer prepared says the old state, so a change of state drops them. */
  mark(serial: number, state: ZoneState): void {
    if (state !== this.#state) this.#dropAll();
    else if (serial !== this.#serial) this.#dropSerial();
    this.#serial = serial;
    this.#state = state;
  }

  /**
   * Takes subtrees out and puts others in, and forgets what was prepared for the `touched` names, whose subtree stands but makes other nodes
   * now. One call is one change: nobody looks in between.
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

  /** The answer for `name`, which lies in this zone; undefined when there is no such name. `place`: Query.place. */
  lookup(name: Name, type: number, place: number = NOWHERE): ZoneAnswer | undefined {
    const answer = this.#prepared.find(name, type, place) ?? this.#prepare(name, type, place);
    return answer === NO_DATA ? this.noData(name) : answer;
  }

  /** Whether this zone was asked for the name known at `place` lately, so that it lies in it. */
  remembers(name: Name, place: number): boolean {
    return this.#prepared.isAt(name, place) || this.#absent.has(name, place);
  }

  /** NXDOMAIN for `name`. */
  nonexistent(name: Name): ZoneAnswer {
    return this.#denial(name, Rcode.NXDOMAIN);
  }

  /** NODATA for `name` (RFC 2308 section 2.2). */
  noData(name: Name): ZoneAnswer {
    return this.#denial(name, Rcode.NOERROR);
  }

  nodeAt(name: Name): Node | undefined {
    return this.#nodeIn(this.#held(name), name);
  }

  /** False for an empty non-terminal too. */
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
    if (this.#absent.has(name, place)) return undefined;
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
    // As CoreDNS: an ExternalName Service is followed for addresses only, and is NODATA for other types.
    if (alias !== undefined && (type === Type.A || type === Type.AAAA)) return this.#follow(node.name, type, alias);
    const rrsets = type === Type.ANY ? node.rrsets : node.rrsets.filter((rrset) => rrset.type === type);
    if (rrsets.length === 0) return NO_DATA;
    const body = new BodyWriter(node.name);
    for (const rrset of rrsets) body.addRRset('answers', node.name, rrset);
    if ((type === Type.SRV || type === Type.NS) && !body.full) this.#addAddresses(body, node.targets ?? this.#targetsOf(rrsets));
    return this.#finish(body, Rcode.NOERROR);
  }

  /** Addresses of an SRV's or NS's targets: the client's next question (RFC 2782, additional section). None is made that there is no room for. */
  #addAddresses(body: BodyWriter, targets: Iterable<Node>): void {
    for (const { name, rrsets } of targets) {
      for (const rrset of rrsets) if (rrset.type === Type.A || rrset.type === Type.AAAA) body.addRRset('additionals', name, rrset);
      if (body.full) return;
    }
  }

  /** Those that are ours, each once. */
  *#targetsOf(rrsets: readonly LazyRRset[]): Generator<Node> {
    for (const name of new Set(rrsets.flatMap(targetNames))) {
      const node = isWithin(name, this.apex) ? this.nodeAt(name) : undefined;
      if (node !== undefined) yield node;
    }
  }

  /** RFC 1034 section 4.3.2 step 3a. A chain that ends in nothing is NODATA without it, as CoreDNS has it. */
  #follow(name: Name, type: number, first: LazyRRset): ZoneAnswer {
    this.#following.push(name);
    const body = new BodyWriter(name);
    let owner = name;
    let alias = first;
    for (let links = 0; links < MAX_CHAIN; links++) {
      body.addRRset('answers', owner, alias);
      const [target] = targetNames(alias) as [Name];
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
    return { ...this.noData(name), extendedError: { code: ExtendedError.OTHER, text: `CNAME chain longer than ${MAX_CHAIN}` } };
  }

  #denial(name: Name, rcode: number): ZoneAnswer {
    const index = name.length * 2 + (rcode === Rcode.NXDOMAIN ? 1 : 0);
    const known = this.#denials[index];
    if (known !== undefined) return known;
    // In the place of the labels below the apex stand empty ones: no pointer may lead to labels that other names of this length do not have.
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

  /** The subtree at `name` or at its nearest ancestor in this zone. */
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

  /** What shows the serial, and what follows a CNAME. */
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

/** What is said before anything is known: never NXDOMAIN from ignorance. */
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

/** Types that a question of is not NODATA. */
function typesOf({ rrsets }: Node): number[] {
  return rrsets.length === 0 ? [] : [Type.ANY, ...rrsets.map(({ type }) => type)];
}

/** Names that records of SRV, NS or CNAME point at. */
function targetNames({ type, rdata }: LazyRRset): Name[] {
  return Array.from(rdata, (octets) => (type === Type.SRV ? srvTarget(octets) : readName(octets, 0)?.name)!);
}
