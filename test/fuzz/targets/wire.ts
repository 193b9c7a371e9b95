/** Fuzzes the parsers of the wire formats: queries, upstream responses, rdata, TCP framing, and DoH requests. */
import { Deframer, frame } from '../../../src/upstream/framing.ts';
import { readDohRequest } from '../../../src/server/doh.ts';
import { nameFromText, nameToText, readName } from '../../../src/wire/name.ts';
import { QueryReader, READ } from '../../../src/wire/query.ts';
import { rdataToText } from '../../../src/wire/rdata.ts';
import { isProblem, readResponse } from '../../../src/wire/response.ts';
import { answerRecords } from '../../../src/wire/splice.ts';
import { fail, type Target } from '../target.ts';

const client = { address: Uint8Array.of(10, 0, 0, 1), port: 5353, transport: 'udp' } as const;

const queryTarget: Target = {
  name: 'query',
  words: ['\0\0\x29\x10\0', '\x03www', '\xc0\x0c', '\0\x0a\0\x08'],
  run: (input) => {
    const reader = new QueryReader(client);
    const reading = reader.read(input, input.length, client, 0);
    if (reading !== READ) return;
    const { query } = reader;
    if (query.questionEnd > input.length) fail('the question ends outside the packet');
    if (query.edns !== undefined && query.edns.optionsEnd > input.length) fail('the options end outside the packet');
    const text = nameToText(query.name);
    if (nameFromText(text) !== query.name) fail(`${JSON.stringify(query.name)} does not come back from ${text}`);
  },
};

const responseTarget: Target = {
  name: 'response',
  words: ['\xc0\x0c', '\0\x05\0\x01', '\0\x06\0\x01', '\0\0\x29\x10\0'],
  run: (input) => {
    const reader = new QueryReader(client);
    const asked = Buffer.from(input);
    if (asked.length > 2) asked[2]! &= 0x7f;
    reader.read(asked, asked.length, client, 0);
    const { query } = reader;
    const answer = readResponse(input, { name: query.name, type: query.type, dnssecOk: false, checkingDisabled: false }, 0);
    if (isProblem(answer)) return;
    const records = answerRecords(query.name, answer, 0);
    if (records.length !== answer.answers) fail(`${records.length} of ${answer.answers} answers can be read again`);
    for (const { type, rdata } of records) rdataToText(type, rdata);
  },
};

const rdataTarget: Target = {
  name: 'rdata',
  words: ['\x07example\0', '\xc0\0', '\0\x05'],
  run: (input) => {
    const type = ((input[0] ?? 0) << 8) | (input[1] ?? 0);
    const rdata = input.subarray(2);
    for (const one of [type, 1, 2, 5, 6, 12, 13, 16, 28, 33])
      if (rdata.length > 0 && rdataToText(one, rdata) === '') fail(`type ${one} has an empty text`);
    const name = readName(rdata, 0);
    if (name !== undefined && nameFromText(nameToText(name.name)) !== name.name) fail('a name does not come back from its text');
  },
};

const framingTarget: Target = {
  name: 'framing',
  words: ['\0\0', '\0\x01', '\xff\xff'],
  run: (input) => {
    const whole = new Deframer().push(input);
    const byOctet = new Deframer();
    const pieces = [...input].flatMap((octet) => byOctet.push(Uint8Array.of(octet)));
    if (whole.length !== pieces.length || whole.some((message, index) => Buffer.compare(message, pieces[index]!) !== 0))
      fail('the cut of the stream decides what is read');
    const taken = Buffer.concat(whole.map(frame));
    if (whole.every((message) => message.length > 0) && !input.includes(0) && Buffer.compare(taken, input.subarray(0, taken.length)) !== 0)
      fail('frames do not come back');
  },
};

const dohTarget: Target = {
  name: 'doh',
  words: ['/dns-query?dns=', 'GET ', 'POST ', '%00', '&dns=', 'application/dns-message'],
  run: (input) => {
    const [method = '', target = '', type] = Buffer.from(input).toString('latin1').split(' ');
    const read = readDohRequest(method, target, type, 4096);
    if ('query' in read && read.query.length > 4096) fail(`a query of ${read.query.length} octets is taken`);
    if ('status' in read && (read.status < 400 || read.status > 499)) fail(`status ${read.status}`);
  },
};

export const wireTargets: readonly Target[] = [queryTarget, responseTarget, rdataTarget, framingTarget, dohTarget];
