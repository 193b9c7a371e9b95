/** A response in the format of the recordings: names in lower case, records as sorted text, the SOA's serial replaced. */
import { decode, type Answer } from 'dns-packet';
import { formatAddress, parseAddress } from '../../src/wire/address.ts';

/** Owner, TTL (seconds), type, rdata. */
export type RecordText = readonly [owner: string, ttl: number, type: string, rdata: string];

export interface Said {
  readonly rcode: string;
  readonly aa: boolean;
  /** Whether it was truncated over UDP. */
  readonly tc: boolean;
  readonly answer: readonly RecordText[];
  readonly authority: readonly RecordText[];
  readonly additional: readonly RecordText[];
  /** The echoed name, with its case. */
  readonly question: string;
}

export function readSaid(message: Uint8Array): Said {
  const packet = decode(Buffer.from(message)) as ReturnType<typeof decode> & { rcode: string; flag_aa: boolean; flag_tc: boolean };
  return {
    rcode: packet.rcode,
    aa: packet.flag_aa,
    tc: packet.flag_tc,
    answer: recordTexts(packet.answers),
    authority: recordTexts(packet.authorities),
    additional: recordTexts(packet.additionals),
    question: `${packet.questions?.[0]?.name ?? ''}.`,
  };
}

/** The records of a section except OPT, sorted. */
export function recordTexts(records: readonly Answer[] = []): RecordText[] {
  return records
    .filter(({ type }) => type !== 'OPT')
    .map(recordText)
    .sort((a, b) => (String(a) < String(b) ? -1 : 1));
}

function recordText(record: Answer): RecordText {
  const ttl = 'ttl' in record ? (record.ttl ?? 0) : 0;
  return [`${record.name.toLowerCase()}.`, ttl, record.type, rdataText(record)];
}

function rdataText(record: Answer): string {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return formatAddress(parseAddress(record.data)!);
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return dotted(record.data);
    case 'SRV':
      return `${record.data.priority ?? 0} ${record.data.weight ?? 0} ${record.data.port} ${dotted(record.data.target)}`;
    case 'MX':
      return `${record.data.preference ?? 0} ${dotted(record.data.exchange)}`;
    case 'TXT':
      return [record.data]
        .flat()
        .map((text) => JSON.stringify(text.toString()))
        .join(' ');
    case 'CAA':
      return `${record.data.flags ?? 0} ${record.data.tag} ${JSON.stringify(record.data.value)}`;
    case 'SOA': {
      const { mname, rname, refresh, retry, expire, minimum } = record.data;
      return [dotted(mname), dotted(rname), 'serial', refresh, retry, expire, minimum].join(' ');
    }
    default:
      return JSON.stringify(record);
  }
}

const dotted = (name: string): string => `${name.toLowerCase()}.`;
