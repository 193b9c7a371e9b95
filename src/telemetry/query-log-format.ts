/** The formats of a line of the query log: JSON, and CoreDNS's common format. */
import { className, rcodeName, typeName } from '../wire/iana.ts';
import type { LineWriter } from './line-writer.ts';
import type { RecordView } from './query-record.ts';

export type QueryLogFormat = 'json' | 'common';

export const formats: Readonly<Record<QueryLogFormat, (record: RecordView, line: LineWriter) => void>> = {
  json: writeJson,
  common: writeCommon,
};

const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1');

const client = ascii('Z","message":"query","client":"');
const port = ascii('","port":');
const id = ascii(',"id":');
const name = ascii(',"name":"');
const responseSize = ascii(',"responseSize":');
const end = ascii('}\n');

/** `{"level":"info","time":"2026-11-22T08:00:00.123Z","message":"query","client":"10.0.0.1",…}`, in the form of the program's own log. */
function writeJson(record: RecordView, line: LineWriter): void {
  writeTime(record.time, line);
  line.octets(client);
  line.address(record.octets, record.addressAt, record.addressLength);
  line.octets(port);
  line.integer(record.port);
  line.octets(id);
  line.integer(record.id);
  line.octets(name);
  writeName(record, line, true);
  line.octets(jsonMiddle(record));
  line.integer(record.querySize);
  line.octets(responseSize);
  line.integer(record.responseSize);
  line.octets(jsonEdns(record));
  line.thousandths(Math.round(record.duration * 1000));
  line.octets(end);
}

const jsonMiddle = remembered(
  ({ kind }) => kind,
  ({ protoName, type, class: ofClass, rcode, sourceName, flags }) =>
    `","proto":"${protoName}","type":"${typeName(type)}","class":"${className(ofClass)}","rcode":"${rcodeName(rcode)}",` +
    `"source":"${sourceName}","flags":"${flagsText(flags)}","size":`,
);

const jsonEdns = remembered(
  ({ payloadSize, dnssecOk }) => payloadSize * 2 + (dnssecOk ? 1 : 0),
  ({ payloadSize, dnssecOk }) => `,"do":${dnssecOk},"payloadSize":${payloadSize},"ms":`,
);

const info = ascii('[INFO] ');
const separator = ascii(' - ');
const seconds = ascii('000s\n');

/** `[INFO] 10.0.0.1:50759 - 29008 "A IN example.org. udp 41 false 4096" NOERROR qr,rd,ra 68 0.037990000s` */
function writeCommon(record: RecordView, line: LineWriter): void {
  const isIPv6 = record.addressLength === 16;
  line.octets(info);
  if (isIPv6) line.text('[');
  line.address(record.octets, record.addressAt, record.addressLength);
  line.text(isIPv6 ? ']:' : ':');
  line.integer(record.port);
  line.octets(separator);
  line.integer(record.id);
  line.octets(commonType(record));
  writeName(record, line, false);
  line.text(' ');
  line.text(record.protoName);
  line.text(' ');
  line.integer(record.querySize);
  line.text(record.dnssecOk ? ' true ' : ' false ');
  // CoreDNS writes 512 for a client without EDNS.
  line.integer(record.payloadSize === 0 ? 512 : record.payloadSize);
  line.octets(commonAnswer(record));
  line.integer(record.responseSize);
  line.text(' ');
  const microseconds = Math.round(record.duration * 1000);
  const whole = Math.floor(microseconds / 1e6);
  line.integer(whole);
  line.text('.');
  line.padded(microseconds - whole * 1e6, 6);
  line.octets(seconds);
}

const commonType = remembered(
  ({ kind }) => kind,
  ({ type, class: ofClass }) => ` "${typeName(type)} ${className(ofClass)} `,
);
const commonAnswer = remembered(
  ({ kind }) => kind,
  ({ rcode, flags }) => `" ${rcodeName(rcode)} ${flagsText(flags)} `,
);

function writeName(record: RecordView, line: LineWriter, doubled: boolean): void {
  // The query was too broken to have a question.
  if (record.nameLength === 0) line.text('.');
  else line.name(record.octets, record.nameAt, doubled);
}

let second = -1;
let secondText = new Uint8Array(0);

/** Writes the beginning of a line up to the milliseconds; the part before them is reused within a second. */
function writeTime(time: number, line: LineWriter): void {
  const whole = Math.floor(time / 1000);
  if (whole !== second) {
    second = whole;
    secondText = Buffer.from(`{"level":"info","time":"${new Date(whole * 1000).toISOString().slice(0, 20)}`);
  }
  line.octets(secondText);
  line.padded(Math.floor(time - whole * 1000), 3);
}

/** Most texts kept; a client that asks for every possible type only makes logging slower. */
const REMEMBERED = 4096;

/** Caches a part of a line that depends only on what `keyOf` returns, which takes few values in practice. -1 is not cached. */
function remembered(keyOf: (record: RecordView) => number, make: (record: RecordView) => string): (record: RecordView) => Uint8Array {
  const texts = new Map<number, Uint8Array>();
  return (record) => {
    const key = keyOf(record);
    if (key === -1) return ascii(make(record));
    let text = texts.get(key);
    if (text === undefined) {
      if (texts.size === REMEMBERED) texts.clear();
      texts.set(key, (text = ascii(make(record))));
    }
    return text;
  };
}

const bits: readonly (readonly [number, string])[] = [
  [0x8000, 'qr'],
  [0x0400, 'aa'],
  [0x0200, 'tc'],
  [0x0100, 'rd'],
  [0x0080, 'ra'],
  [0x0020, 'ad'],
  [0x0010, 'cd'],
];

function flagsText(flags: number): string {
  return bits
    .filter(([bit]) => (flags & bit) !== 0)
    .map(([, mnemonic]) => mnemonic)
    .join(',');
}
