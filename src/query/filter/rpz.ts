/** Reads a response policy zone (the format of BIND and of commercial feeds): triggers are names and addresses in answers, actions are records. */
import { parseAddress } from '../../wire/address.ts';
import { Type, typeName } from '../../wire/iana.ts';
import {
  firstLabel,
  isWithin,
  labelsOf,
  nameFromLabels,
  nameFromText,
  nameToText,
  parentOf,
  readName,
  ROOT,
  type Name,
} from '../../wire/name.ts';
import type { RRset } from '../../wire/records.ts';
import { maskAddress, type Prefix } from '../prefixes.ts';
import { Action } from './action.ts';
import { MasterFileReader, NOT_CLOSED, type MasterRecord } from './master-file.ts';
import type { PolicySink } from './policy-builder.ts';

/** The zone's name while the file has not given one: no trigger depends on it. */
const UNNAMED = nameFromText('rpz.invalid')!;

const special = (text: string): Name => nameFromText(text)!;
const ACTIONS: ReadonlyMap<Name, Action> = new Map<Name, Action>([
  [ROOT, Action.nxdomain],
  [special('*'), Action.nodata],
  [special('rpz-passthru'), Action.passthru],
  [special('rpz-drop'), Action.drop],
  [special('rpz-tcp-only'), Action.tcpOnly],
]);

/** Types of records about the zone itself, which are not rules. */
const OF_THE_ZONE: ReadonlySet<number> = new Set([Type.SOA, Type.RRSIG, Type.NSEC, Type.NSEC3]);

const OTHER_TRIGGERS: ReadonlySet<string> = new Set(['rpz-client-ip', 'rpz-nsip', 'rpz-nsdname']);

/** Reads one file; holds the state of its parser. */
export class RpzReader {
  readonly #sink: PolicySink;
  readonly #reader = new MasterFileReader(UNNAMED);
  #apex: Name | undefined;
  /** The line in which the latest record began. */
  #begunAt = 0;

  constructor(sink: PolicySink) {
    this.#sink = sink;
  }

  /** Reads a line; `line` counts from 1. */
  read(text: string, line: number): void {
    if (!this.#reader.isOpen) this.#begunAt = line;
    const read = this.#reader.read(text);
    if (read === undefined) return;
    if ('wrong' in read) this.#sink.skip(this.#begunAt, read.wrong);
    else if ('lines' in read) for (const one of read.lines) this.read(one, line);
    else this.#record(read.record, line);
  }

  /** Ends the file. */
  end(): void {
    if (this.#reader.isOpen) this.#sink.skip(this.#begunAt, NOT_CLOSED);
  }

  #record(record: MasterRecord, line: number): void {
    const { owner, type, rdata } = record;
    const apex = (this.#apex ??= this.#begun(record));
    if (owner === apex || OF_THE_ZONE.has(type)) return;
    if (!isWithin(owner, apex)) {
      const wrong =
        apex === UNNAMED
          ? 'is a full name, and the zone has no name: leave out the last dot, or write $ORIGIN above the SOA'
          : `is not in the zone ${nameToText(apex)}`;
      this.#sink.skip(line, `${nameToText(owner)} ${wrong}`);
      return;
    }
    if (rdata === undefined) {
      const blocks = type === Type.CNAME ? '' : '; the name is answered without it';
      this.#sink.skip(line, `the data of the ${typeName(type)} record is not right, or of a type not read here${blocks}`);
      if (type === Type.CNAME) return;
    }
    const trigger = (owner.slice(0, owner.length - apex.length) + '\0') as Name;
    const labels = labelsOf(trigger);
    const last = labels.at(-1)!;
    if (last === 'rpz-ip') this.#prefix(labels.slice(0, -1), record, line);
    else if (OTHER_TRIGGERS.has(last)) this.#sink.skip(line, `the trigger ${last} is not known here`);
    else this.#name(trigger, record);
  }

  /** Returns the zone's name, known from the first record: the owner of the SOA, or else the origin. Later names are relative to it. */
  #begun({ owner, type }: MasterRecord): Name {
    if (type !== Type.SOA) return this.#reader.origin;
    if (this.#reader.origin === UNNAMED) this.#reader.origin = owner;
    return owner;
  }

  #name(trigger: Name, record: MasterRecord): void {
    const below = firstLabel(trigger) === '*';
    const name = below ? parentOf(trigger) : trigger;
    const action = actionOf(record, trigger);
    this.#sink.addName(name, below, action, action === Action.local ? asRRset(record) : undefined);
  }

  #prefix(labels: readonly string[], record: MasterRecord, line: number): void {
    const prefix = readPrefix(labels);
    if (prefix === undefined) {
      this.#sink.skip(line, `${labels.join('.')} is no prefix, such as 24.0.2.0.192 or 48.zz.db8.2001`);
      return;
    }
    const action = actionOf(record, nameFromLabels(labels));
    this.#sink.addPrefix(prefix, action, action === Action.local ? asRRset(record) : undefined);
  }
}

/** A CNAME to the trigger itself is the old form of passthru, except for a wildcard. */
function actionOf({ type, rdata }: MasterRecord, trigger: Name | undefined): Action {
  if (type !== Type.CNAME || rdata === undefined) return Action.local;
  const target = readName(rdata, 0)!.name;
  const isItself = target === trigger && firstLabel(target) !== '*';
  return isItself ? Action.passthru : (ACTIONS.get(target) ?? Action.local);
}

/** Without readable data the RRset is empty: the name is a trigger all the same, and is answered without the record. */
function asRRset({ type, ttl, rdata }: MasterRecord): RRset {
  return { type, ttl, rdata: rdata === undefined ? [] : [rdata] };
}

/** Reads the prefix length, then the octets or 16-bit groups from last to first; `zz` is `::`. */
function readPrefix([length = '', ...reversed]: readonly string[]): Prefix | undefined {
  const parts = reversed.reverse();
  const ipv4 = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part));
  const address = parseAddress(ipv4 ? parts.join('.') : ipv6Text(parts));
  if (address === undefined || !/^\d{1,3}$/.test(length) || Number(length) === 0 || Number(length) > address.length * 8) return undefined;
  // Bits set beyond the length are a typing error, and the prefix would block too much.
  const masked = maskAddress(address, Number(length));
  return Buffer.compare(masked, address) === 0 ? { address, length: Number(length) } : undefined;
}

function ipv6Text(parts: readonly string[]): string {
  const text = parts.map((part) => (part === 'zz' ? '' : part)).join(':');
  return `${parts[0] === 'zz' ? ':' : ''}${text}${parts.at(-1) === 'zz' ? ':' : ''}`;
}
