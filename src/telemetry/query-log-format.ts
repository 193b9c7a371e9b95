/** A line of the query log: JSON, or CoreDNS's common format. */
import { className, rcodeName, typeName } from '../wire/iana.ts';
import type { LineWriter } from './line-writer.ts';
import type { RecordView } from './query-record.ts';

export type QueryLogFormat = 'json' | 'common';

export const formats: Readonly<Record<QueryLogFormat, (record: RecordView, line: LineWriter) => void>> = {
  json: writeJson,
  common: writeCommon,
};

const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1');

const head = ascii('{"level":"info","time":"');
const client = ascii('","message":"query","client":"');
const port = ascii('","port":');
const proto = ascii(',"proto":"');
const id = ascii('","id":');
const name = ascii(',"name":"');
const type = ascii('","type":"');
const ofClass = ascii('","class":"');
const rcode = ascii('","rcode":"');
const source = ascii('","source":"');
const flags = ascii('","flags":"');
const size = ascii('","size":');
const responseSize = ascii(',"responseSize":');
const dnssecOk = [ascii(',"do":false,"payloadSize":'), ascii(',"do":true,"payloadSize":')] as const;
const milliseconds = ascii(',"ms":');
const end = ascii('}\n');

function writeJson(record: RecordView, line: LineWriter): void {
  line.octets(head);
  writeTime(record.time, line);
  line.octets(client);
  line.address(record.octets, record.addressAt, record.addressLength);
  line.octets(port);
  line.integer(record.port);
  line.octets(proto);
  line.text(record.protoName);
  line.octets(id);
  line.integer(record.id);
  line.octets(name);
  writeName(record, line, true);
  line.octets(type);
  line.text(typeText(record.type));
  line.octets(ofClass);
  line.text(className(record.class));
  line.octets(rcode);
  line.text(rcodeName(record.rcode));
  line.octets(source);
  line.text(record.sourceName);
  line.octets(flags);
  line.text(flagsText(record.flags));
  line.octets(size);
  line.integer(record.querySize);
  line.octets(responseSize);
  line.integer(record.responseSize);
  line.octets(dnssecOk[record.dnssecOk ? 1 : 0]);
  line.integer(record.payloadSize);
  line.octets(milliseconds);
  line.thousandths(Math.round(record.duration * 1000));
  line.octets(end);
}

const info = ascii('[INFO] ');
const separator = ascii(' - ');

/** `[INFO] 10.0.0.1:50759 - 29008 "A IN example.org. udp 41 false 4096" NOERROR qr,rd,ra 68 0.037990251s` */
function writeCommon(record: RecordView, line: LineWriter): void {
  const isIPv6 = record.addressLength === 16;
  line.octets(info);
  if (isIPv6) line.text('[');
  line.address(record.octets, record.addressAt, record.addressLength);
  line.text(isIPv6 ? ']:' : ':');
  line.integer(record.port);
  line.octets(separator);
  line.integer(record.id);
  line.text(' "');
  line.text(typeText(record.type));
  line.text(' ');
  line.text(className(record.class));
  line.text(' ');
  writeName(record, line, false);
  line.text(' ');
  line.text(record.protoName);
  line.text(' ');
  line.integer(record.querySize);
  line.text(record.dnssecOk ? ' true ' : ' false ');
  // CoreDNS gives 512 where the client said nothing.
  line.integer(record.payloadSize === 0 ? 512 : record.payloadSize);
  line.text('" ');
  line.text(rcodeName(record.rcode));
  line.text(' ');
  line.text(flagsText(record.flags));
  line.text(' ');
  line.integer(record.responseSize);
  line.text(' ');
  const microseconds = Math.round(record.duration * 1000);
  const seconds = Math.floor(microseconds / 1e6);
  line.integer(seconds);
  line.text('.');
  line.padded(microseconds - seconds * 1e6, 6);
  line.text('000s\n');
}

function writeName(record: RecordView, line: LineWriter, doubled: boolean): void {
  // A query too broken to have a question.
  if (record.nameLength === 0) line.text('.');
  else line.name(record.octets, record.nameAt, doubled);
}

let second = -1;
let secondText = new Uint8Array(0);

/** `2026-11-22T08:00:00.123Z`; the part up to the second is the same for many lines. */
function writeTime(time: number, line: LineWriter): void {
  const whole = Math.floor(time / 1000);
  if (whole !== second) {
    second = whole;
    secondText = ascii(new Date(whole * 1000).toISOString().slice(0, 20)) as Uint8Array<ArrayBuffer>;
  }
  line.octets(secondText);
  line.padded(Math.floor(time - whole * 1000), 3);
  line.text('Z');
}

const typeTexts = new Map<number, string>();

/** At most 65536 of them. */
function typeText(of: number): string {
  let text = typeTexts.get(of);
  if (text === undefined) typeTexts.set(of, (text = typeName(of)));
  return text;
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
const flagTexts = new Map<number, string>();

function flagsText(of: number): string {
  const key = of & 0x87b0;
  let text = flagTexts.get(key);
  if (text === undefined) {
    text = bits
      .filter(([bit]) => (key & bit) !== 0)
      .map(([, mnemonic]) => mnemonic)
      .join(',');
    flagTexts.set(key, text);
  }
  return text;
}
