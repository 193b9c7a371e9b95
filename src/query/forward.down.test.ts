import { describe, expect, test } from 'vitest';
import { answersAfter, failsAfter, silent } from '../../test/fakes/exchange.ts';
import { bench } from '../../test/fakes/forwarding.ts';
import type { Says } from '../../test/fakes/upstream.ts';
import { flaws, type Exchange } from '../upstream/exchange.ts';
import { Rcode } from '../wire/iana.ts';

const nxdomain = () => ({ rcode: 'NXDOMAIN' }) as const;
const servfail = () => ({ rcode: 'SERVFAIL' }) as const;

describe('an upstream that always fails', () => {
  test('SERVFAIL where others answer: it is taken out, and back when it answers what it failed on', async () => {
    const { ask, upstreams, states, clock } = bench((clock) => [answersAfter(clock, 1, servfail), answersAfter(clock, 2)]);
    for (let i = 0; i < 14; i++) await ask();
    expect(states).toEqual(['0 down']);
    const before = upstreams[0]!.asked;
    expect((await ask()).ms).toBe(2);
    await clock.advance(10_000);
    expect(upstreams[0]!.asked - before).toBeLessThan(12);
    upstreams[0]!.use(answersAfter(clock, 1));
    await clock.advance(2000);
    expect((await ask()).ms).toBe(1);
    expect(states).toEqual(['0 down', '0 trial', '0 up']);
  });

  test('SERVFAIL for names that only others have an answer for: it is taken out, and back for all other names after a minute', async () => {
    const bogus: Says = (name) => (name.endsWith('bogus.test') ? servfail() : nxdomain());
    const { ask, states, upstreams, clock } = bench((time) => [answersAfter(time, 1, bogus), answersAfter(time, 2, nxdomain)]);
    for (let i = 0; i < 14; i++) await ask(`n${i}.bogus.test`);
    expect(states).toEqual(['0 down']);
    await clock.advance(50_000);
    expect(states).toEqual(['0 down']);
    await clock.advance(15_000);
    expect((await ask('n.test')).ms).toBe(1);
    expect(states).toEqual(['0 down', '0 trial', '0 up']);
    // An upstream that fails for every name is tried with one question a minute.
    upstreams[0]!.use(answersAfter(clock, 1, servfail));
    for (let i = 0; i < 14; i++) await ask(`n${i}.test`);
    states.length = 0;
    for (let i = 0; i < 600; i++) {
      await ask(`n${i}.test`);
      await clock.advance(500);
    }
    expect(states.length).toBeLessThan(12);
  });

  test('SERVFAIL of all is the fault of the name', async () => {
    const { ask, states } = bench((clock) => [answersAfter(clock, 1, servfail), answersAfter(clock, 1, servfail)]);
    for (let i = 0; i < 50; i++) await ask();
    expect(states).toEqual([]);
  });

  test.each(flaws)('%s of all is the fault of the name', async (flaw) => {
    const { ask, states } = bench((clock) => [failsAfter(clock, 1, flaw), failsAfter(clock, 1, flaw)]);
    for (let i = 0; i < 50; i++) await ask();
    expect(states).toEqual([]);
  });

  test('what nobody can read, where others answer: it is taken out', async () => {
    const garbage: Exchange = (message) => {
      const reply = Uint8Array.from(message);
      reply.set([0x81, 0x80], 2);
      reply[7] = 1;
      return Promise.resolve(reply);
    };
    const { ask, events, states } = bench((clock) => [garbage, answersAfter(clock, 2)]);
    for (let i = 0; i < 20; i++) await ask();
    expect(states).toEqual(['0 down']);
    expect(events).toContain('0 malformed');
  });

  test('is asked, though it is down, when the last of the others cannot be reached', async () => {
    const { ask, upstreams, states, clock } = bench((clock) => [failsAfter(clock, 1, 'unreachable'), answersAfter(clock, 2)]);
    for (let i = 0; i < 5; i++) await ask();
    expect(states).toEqual(['0 down']);
    upstreams[0]!.use(answersAfter(clock, 3));
    upstreams[1]!.use(failsAfter(clock, 1, 'unreachable'));
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.NOERROR }, ms: 4 });
  });

  test('is not asked while down for a name that the others have no answer for', async () => {
    const { ask, upstreams, clock } = bench((clock) => [failsAfter(clock, 1, 'unreachable'), answersAfter(clock, 2)]);
    for (let i = 0; i < 5; i++) await ask();
    upstreams[0]!.use(silent);
    upstreams[1]!.use(answersAfter(clock, 2, servfail));
    expect(await ask()).toMatchObject({ answer: { rcode: Rcode.SERVFAIL }, ms: 2 });
  });

  test('probed while down, and only then', async () => {
    const { ask, upstreams, clock } = bench((clock) => [failsAfter(clock, 1, 'unreachable'), answersAfter(clock, 2)]);
    await clock.advance(10_000);
    expect(upstreams[0]!.asked).toBe(0);
    for (let i = 0; i < 5; i++) await ask();
    await clock.advance(1000);
    expect(upstreams[0]!.asked).toBeGreaterThan(6);
  });
});
