/** The recorded cluster, questions and answers, and a function that asks a server all of them. */
import { readFileSync } from 'node:fs';
import { typeFromName } from '../../src/wire/iana.ts';
import { nameFromText } from '../../src/wire/name.ts';
import { writeQuestion } from '../../src/wire/question.ts';
import type { KubernetesObject } from '../fakes/api-server/history.ts';
import { differences } from './compare.ts';
import { readSaid, type Said } from './said.ts';

export interface Recorded {
  /** With the letter case to ask with. */
  readonly name: string;
  readonly type: string;
  readonly expect: Said;
}

/** Path of the recorded cluster, a Kubernetes List. */
export const clusterPath: string = new URL('recorded/cluster.json', import.meta.url).pathname;

export const recordedCluster: readonly KubernetesObject[] = (JSON.parse(readFileSync(clusterPath, 'utf8')) as { items: KubernetesObject[] })
  .items;

export const recordedAnswers: readonly Recorded[] = JSON.parse(
  readFileSync(new URL('recorded/answers.json', import.meta.url), 'utf8'),
) as Recorded[];

export type Transport = 'udp' | 'tcp';

/** Sends a query and resolves to the response. */
export type Ask = (query: Uint8Array, transport: Transport) => Promise<Uint8Array>;

/** Asks every question over `transport`, one after the other, and returns a line for each answer that is not as recorded. */
export async function askAll(ask: Ask, transport: Transport): Promise<string[]> {
  const wrong: string[] = [];
  for (const recorded of recordedAnswers) {
    const query = questionPacket(recorded);
    let said = readSaid(await ask(query, transport));
    const truncated = said.tc;
    if (truncated) said = readSaid(await ask(query, 'tcp'));
    const problems = differences(recorded.expect, said, isOurs(recorded));
    if (truncated !== (transport === 'udp' && recorded.expect.tc)) problems.push(`TC is ${truncated} over ${transport}`);
    if (problems.length > 0) wrong.push(`${recorded.name} ${recorded.type}: ${problems.join('; ')}`);
  }
  return wrong;
}

/** Writes the query, with EDNS and a payload size of 1232, and the name in its recorded case. */
function questionPacket({ name, type }: Recorded): Uint8Array {
  const packet = writeQuestion(
    { name: nameFromText(name)!, type: typeFromName(type)!, dnssecOk: false, checkingDisabled: false },
    4711,
    1232,
  );
  let at = 12;
  for (const label of name.split('.')) {
    packet.set(Buffer.from(label), at + 1);
    at += 1 + label.length;
  }
  return packet;
}

/** Whether the answer comes from the cluster's zones: reverse names of unknown addresses are passed on to the upstream. */
function isOurs({ name, expect }: Recorded): boolean {
  const lower = name.toLowerCase();
  return lower.endsWith('cluster.local.') || (lower.endsWith('.arpa.') && expect.rcode === 'NOERROR');
}
