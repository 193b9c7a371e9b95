/** A hundred thousand forged replies with guessed ids, from the upstream's address and port to the querying port: none is accepted (RFC 5452). */
import { decode, encode } from 'dns-packet';
import { expect, test } from 'vitest';
import { systemClock, systemRandom } from '../../src/clock.ts';
import { makeForward } from '../../src/query/make-forward.ts';
import { frame } from '../../src/upstream/framing.ts';
import { noUpstreamObserver } from '../../src/upstream/observer.ts';
import { asked } from '../fakes/asked.ts';
import { startLyingUpstream } from '../fakes/lying-upstream.ts';

const FORGED = '203.0.113.6';
const RIGHT = '192.0.2.1';
const ROUNDS = 100;
const REPLIES = 1000;

/** A response. The attacker knows the question, but neither its id nor its letter case; the genuine response keeps the case, with `asIs`. */
function response(name: string, id: number, address: string, asIs = false): Buffer {
  const owner = asIs ? name : name.toLowerCase();
  return encode({
    type: 'response',
    id,
    flags: 0x80,
    questions: [{ name: owner, type: 'A' }],
    answers: [{ name: owner, type: 'A', ttl: 60, data: address }],
  });
}

const guess = (): number => Math.floor(Math.random() * 65_536);

test('every answer is the right one', { timeout: 120_000 }, async () => {
  let forged = 0;
  let dropped = 0;
  const server = await startLyingUpstream({
    udp: (query, send) => {
      const { name } = decode(query).questions![0]!;
      for (let nth = 0; nth < REPLIES; nth++, forged++) send(response(name, guess(), FORGED));
    },
    tcp: (query, connection) => {
      const { id, questions } = decode(query);
      connection.write(frame(response(questions![0]!.name, id!, RIGHT, true)));
    },
  });
  const answers: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const end = new AbortController();
    const { handler } = makeForward(
      {
        upstream: [`udp://127.0.0.1:${server.port}`],
        zones: {},
        resolvConf: '/nonexistent/resolv.conf',
        policy: 'fastest',
        upstreamBudget: 5000,
        maxConcurrent: 1000,
        caseRandomization: true,
      },
      { clock: systemClock, random: systemRandom, observer: { ...noUpstreamObserver, dropped: () => dropped++ }, signal: end.signal },
    );
    const answer = (await handler(asked('www.example.test')))!;
    answers.push(answer.body.slice(-4).join('.'));
    end.abort();
  }
  await server.close();
  expect(new Set(answers)).toEqual(new Set([RIGHT]));
  expect(forged).toBeGreaterThanOrEqual(ROUNDS * REPLIES);
  console.log(`${forged} forged replies, of which ${dropped} met an open port`);
});
