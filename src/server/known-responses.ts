/**
 * Responses to queries that came before: a query with the same octets, except for its ID, is answered by copying, and no stage is called. Kept is only
 * what every client gets until our zones or options change; of upstreams' answers, what the cache has, for as long as its TTLs have not counted down by
 * another second. When our zones change, each response is checked before it is repeated again; when options do, all are dropped.
 */
import type { Lasting } from '../query/lasting.ts';
import type { Answer } from '../wire/answer.ts';
import { NOWHERE } from '../wire/known-names.ts';
import { ROOT, type Name } from '../wire/name.ts';
import { emptyQuery, HEADER_SIZE, type Client, type Edns, type Query, type Writable } from '../wire/query.ts';
import type { PacketSlots } from './packet-slots.ts';
import { LONGEST, PLACES, QueryTable, WITHOUT_ID, wordsOf } from './query-table.ts';
import { GOLDEN } from './responder.ts';

export interface KnownResponsesOptions {
  /** Returns how long every client gets `answer` for `query`. `repeats`: how often it was repeated since this was last asked. */
  readonly lasting: (query: Query, answer: Answer, repeats: number) => Lasting | undefined;
  /** Whether an answer that lasted before our zones changed still does. */
  readonly stillLasts: (query: Query, answer: Answer) => boolean;
  /** Whether this client too gets an answer that lasts until some time. Called each time before it is repeated. */
  readonly repeats: (query: Query, hit: number) => boolean;
  /** ResponderObserver.responded, called for each response from here too. */
  readonly responded: (query: Query, answer: Answer, size: number, response: Uint8Array) => void;
}

/** The words of a place's details. */
const [SIZE, QUESTION_END, TYPE_CLASS, SIZE_FLAGS, ROTATING, RECORD_SIZE, ROTATING_FROM, HIT, REPEATS, CHECKED, NAME_PLACE] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
] as const;
const [RECURSION_DESIRED, CHECKING_DISABLED, EDNS, DNSSEC_OK] = [1, 2, 4, 8] as const;

/** Octets of the shortest query, for the root. */
const SHORTEST = HEADER_SIZE + 5;

/** Queries between two changes from which on responses are looked for: where changes come faster, hardly a query comes twice between two of them. */
export const QUIET = 1000;

export class KnownResponses {
  readonly #options: KnownResponsesOptions;
  readonly #table = new QueryTable();
  readonly #octets = new Uint8Array(this.#table.words.buffer);
  readonly #answers = new Array<Answer | undefined>(PLACES).fill(undefined);
  readonly #names = new Array<Name>(PLACES).fill(ROOT);
  /** Responses kept since the last `forget`. */
  #kept = 0;
  /** Queries since then, or since changes came that fast, up to QUIET. */
  #quiet = 0;
  /** Queries since the last change of our zones, up to QUIET. */
  #sinceChange = 0;
  /** Which change of our zones was the last; a place has the one after which its response was checked. */
  #change = 0;
  /** Whether the query was just looked for, and not answered from here. */
  #isSought = false;
  /** The place of its response if that is outdated. */
  #outdated: number = NOWHERE;
  /** What the responder has just answered. */
  #query: Query | undefined;
  #answer: Answer | undefined;
  #turn = 0;
  readonly #edns: Writable<Edns> = { version: 0, payloadSize: 0, dnssecOk: false, optionsStart: 0, optionsEnd: 0 };
  readonly #known = emptyQuery({ address: new Uint8Array(4), port: 0, transport: 'udp' });

  constructor(options: KnownResponsesOptions) {
    this.#options = options;
  }

  /** Drops all responses, since they may be others from now on. */
  forget(): void {
    this.#quiet = 0;
    if (this.#kept === 0) return;
    this.#kept = 0;
    this.#table.clear();
    this.#answers.fill(undefined);
  }

  /** Has each response checked before it is repeated again, since our zones have changed. */
  recheck(): void {
    this.#change = (this.#change + 1) | 0;
    if (this.#sinceChange < QUIET) this.#quiet = 0;
    this.#sinceChange = 0;
  }

  /** Answers the query in slot `i` in its place, if its response is known. Returns the response's length, or 0. */
  respond(slots: PacketSlots, i: number, client: Client, receivedAt: number): number {
    const length = slots.received(i);
    this.#isSought = false;
    if (this.#sinceChange < QUIET) this.#sinceChange++;
    if (this.#quiet < QUIET) {
      this.#quiet++;
      return 0;
    }
    if (length < SHORTEST || length > LONGEST) return 0;
    const place = this.#table.find(slots.words, slots.wordAt(i), length);
    this.#isSought = true;
    this.#outdated = place;
    if (place === NOWHERE) return 0;
    const packet = slots.packets[i]!;
    const until = this.#table.untilOf(place);
    if (until <= receivedAt) return 0;
    const query = this.#queryAt(place, packet, client, receivedAt);
    if (!this.#isChecked(place, query) || (until < Infinity && !this.#mayRepeat(place, query))) return 0;
    this.#isSought = false;
    const size = this.#copy(place, slots.words, slots.wordAt(i), packet);
    this.#options.responded(query, this.#answers[place]!, size, packet);
    return size;
  }

  /** Whether the response of a place is still what our zones give. */
  #isChecked(place: number, query: Query): boolean {
    const { words } = this.#table;
    const at = this.#table.detailsAt(place) + CHECKED;
    if (words[at] === this.#change) return true;
    if (!this.#options.stillLasts(query, this.#answers[place]!)) return false;
    words[at] = this.#change;
    return true;
  }

  /** Whether this client too gets the response of a place. If so, counts it for the cache. */
  #mayRepeat(place: number, query: Query): boolean {
    const { words } = this.#table;
    const details = this.#table.detailsAt(place);
    const mayRepeat = this.#options.repeats(query, words[details + HIT]!);
    if (mayRepeat) words[details + REPEATS]! += 1;
    return mayRepeat;
  }

  /** Notes what the responder answers, for `keep`. */
  note(query: Query, answer: Answer): void {
    this.#query = query;
    this.#answer = answer;
  }

  /** Keeps the responder's response to the query in slot `i`, which `respond` did not know: `size` octets, now in that slot. */
  keep(slots: PacketSlots, i: number, size: number): void {
    const [query, answer] = [this.#query, this.#answer];
    this.#query = this.#answer = undefined;
    if (!this.#isSought || query === undefined || answer === undefined) return;
    const isTruncated = (slots.packets[i]![2]! & 0x02) !== 0;
    if (isTruncated || !isCommon(query) || !rotatesEvenly(answer)) return;
    const lasting = this.#options.lasting(query, answer, answer.ageing === undefined ? 0 : this.#takeRepeats());
    const place = lasting === undefined ? NOWHERE : this.#table.enter(size, lasting.until, this.#outdated);
    if (lasting === undefined || place === NOWHERE) return;
    this.#kept++;
    this.#answers[place] = answer;
    this.#names[place] = query.name;
    const { words } = this.#table;
    const details = this.#table.detailsAt(place);
    this.#describe(details, query, answer, size);
    words[details + HIT] = lasting.hit;
    words[details + REPEATS] = 0;
    words[details + CHECKED] = this.#change;
    words[details + NAME_PLACE] = query.place;
    const to = this.#table.responseAt(place);
    const from = slots.wordAt(i);
    for (let at = 0; at < wordsOf(size); at++) words[to + at] = slots.words[from + at]!;
    words[to]! &= WITHOUT_ID;
  }

  /** Returns how often an outdated response was repeated, and counts from 0 again. */
  #takeRepeats(): number {
    if (this.#outdated === NOWHERE) return 0;
    const { words } = this.#table;
    const at = this.#table.detailsAt(this.#outdated) + REPEATS;
    const repeats = words[at]!;
    words[at] = 0;
    return repeats;
  }

  #describe(at: number, query: Query, { rotating, answers, ends }: Answer, size: number): void {
    const { words } = this.#table;
    const start = answers > rotating ? ends[answers - rotating - 1]! : 0;
    words[at + SIZE] = size;
    words[at + QUESTION_END] = query.questionEnd;
    words[at + TYPE_CLASS] = (query.type << 16) | query.class;
    words[at + SIZE_FLAGS] = ((query.edns?.payloadSize ?? 0) << 16) | flagsOf(query);
    words[at + ROTATING] = rotating;
    words[at + RECORD_SIZE] = rotating > 1 ? ends[answers - rotating]! - start : 0;
    words[at + ROTATING_FROM] = query.questionEnd + start;
  }

  /** Copies the response over its query, whose ID stays, and returns its length. */
  #copy(place: number, packets: Int32Array, at: number, packet: Uint8Array): number {
    const { words } = this.#table;
    const details = this.#table.detailsAt(place);
    const from = this.#table.responseAt(place);
    const size = words[details + SIZE]!;
    const count = wordsOf(size);
    packets[at] = (packets[at]! & ~WITHOUT_ID) | words[from]!;
    for (let i = 1; i < count; i++) packets[at + i] = words[from + i]!;
    if (words[details + ROTATING]! > 1) this.#rotate(details, from * 4, packet);
    return size;
  }

  /** Rotates the records that may be, as in every other response. `from`: where the response begins in the table, in octets. */
  #rotate(details: number, from: number, packet: Uint8Array): void {
    const { words } = this.#table;
    const rotating = words[details + ROTATING]!;
    const size = words[details + RECORD_SIZE]!;
    const to = words[details + ROTATING_FROM]!;
    this.#turn = (this.#turn + GOLDEN) >>> 0;
    const part = ((this.#turn >>> 8) % rotating) * size;
    const whole = rotating * size;
    for (let i = part; i < whole; i++) packet[to + i - part] = this.#octets[from + to + i]!;
    for (let i = 0; i < part; i++) packet[to + whole - part + i] = this.#octets[from + to + i]!;
  }

  /** The query at a place, as the responder would have read it: one object for all. */
  #queryAt(place: number, packet: Uint8Array, client: Client, receivedAt: number): Query {
    const { words } = this.#table;
    const details = this.#table.detailsAt(place);
    const typeClass = words[details + TYPE_CLASS]!;
    const sizeFlags = words[details + SIZE_FLAGS]!;
    const query = this.#known;
    query.packet = packet;
    query.length = this.#table.lengthAt(place);
    query.name = this.#names[place]!;
    query.place = words[details + NAME_PLACE]!;
    query.type = typeClass >>> 16;
    query.class = typeClass & 0xffff;
    query.questionEnd = words[details + QUESTION_END]!;
    query.recursionDesired = (sizeFlags & RECURSION_DESIRED) !== 0;
    query.checkingDisabled = (sizeFlags & CHECKING_DISABLED) !== 0;
    query.client = client;
    query.receivedAt = receivedAt;
    query.edns = undefined;
    if ((sizeFlags & EDNS) !== 0) {
      this.#edns.payloadSize = sizeFlags >>> 16;
      this.#edns.dnssecOk = (sizeFlags & DNSSEC_OK) !== 0;
      query.edns = this.#edns;
    }
    return query;
  }
}

/** Whether the query may well come again: its name did before, unlike those of a flood of random names, and it has no EDNS option, such as a cookie. */
function isCommon({ place, edns }: Query): boolean {
  return place !== NOWHERE && (edns === undefined || edns.optionsEnd === edns.optionsStart);
}

/** Whether the records that are rotated have one size, so that it need not be known where each begins. */
function rotatesEvenly({ rotating, answers, ends }: Answer): boolean {
  const first = answers - rotating;
  const start = first > 0 ? ends[first - 1]! : 0;
  for (let i = 1; i < rotating; i++) if (ends[first + i]! - ends[first + i - 1]! !== ends[first]! - start) return false;
  return true;
}

function flagsOf({ recursionDesired, checkingDisabled, edns }: Query): number {
  const ofHeader = (recursionDesired ? RECURSION_DESIRED : 0) | (checkingDisabled ? CHECKING_DISABLED : 0);
  return edns === undefined ? ofHeader : ofHeader | EDNS | (edns.dnssecOk ? DNSSEC_OK : 0);
}
