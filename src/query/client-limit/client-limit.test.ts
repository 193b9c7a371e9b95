import { describe, expect, test } from 'vitest';
import { asked } from '../../../test/fakes/asked.ts';
import { collidingClients } from '../../../test/fakes/colliding-clients.ts';
import { emptyAnswer, Source } from '../../wire/answer.ts';
import { Rcode } from '../../wire/iana.ts';
import type { Outcome } from '../handler.ts';
import type { Client } from '../../wire/query.ts';
import { ClientPlaces } from './client-places.ts';
import { clientRate, type ClientRate } from './client-rate.ts';
import { forwardShare } from './forward-share.ts';

const passed = emptyAnswer(Rcode.NOERROR, Source.forward);
const limit: ClientRate = { rate: 10, burst: 20, action: 'refuse', ipv4Prefix: 32, ipv6Prefix: 128, exempt: [], table: 256 };

describe('the rate of a client', () => {
  const counter = (options: Partial<ClientRate> = {}): ((count: number, at: number, from?: string) => number) => {
    const handler = clientRate({ ...limit, ...options }, () => 0.61)(() => passed);
    return (count, at, from = '10.0.0.1') =>
      Array.from({ length: count }, () => handler(asked('a.test', 'A', { from, at }))).filter((answer) => answer === passed).length;
  };

  test('a burst, then the rate, and never more than a burst saved up', () => {
    const ask = counter();
    expect(ask(100, 0)).toBe(20);
    expect(ask(100, 1000)).toBe(10);
    expect(ask(100, 1050)).toBe(0);
    expect(ask(100, 1100)).toBe(1);
    expect(ask(100, 3_600_000)).toBe(20);
  });

  test('refusing costs no tokens: a client over its rate gets exactly its rate', () => {
    const ask = counter({ burst: 1 });
    let answered = 0;
    for (let at = 0; at < 10_000; at += 10) answered += ask(5, at);
    expect(answered).toBe(100);
  });

  test.each([
    ['10.0.0.1', '10.0.0.2'],
    ['2001:db8::1', '2001:db8::2'],
  ])('clients have buckets of their own: %s, %s', (one, other) => {
    const ask = counter();
    ask(100, 0, one);
    expect(ask(1, 0, one)).toBe(0);
    expect(ask(1, 0, other)).toBe(1);
  });

  test('addresses chosen to share a place in the table under one key do not share it: the greedy one is not forgotten', () => {
    const ask = counter();
    const [greedy, ...others] = collidingClients(32);
    expect(ask(100, 0, greedy)).toBe(20);
    for (const other of others) expect(ask(1, 0, other)).toBe(1);
    expect(ask(1, 0, greedy)).toBe(0);
  });

  test('exempt prefixes have none', () => {
    expect(counter({ exempt: ['10.0.0.0/8'] })(100, 0)).toBe(100);
  });

  test.each([
    ['refuse' as const, Rcode.REFUSED],
    ['drop' as const, undefined],
  ])('over it: %s', (action, rcode) => {
    const over: string[] = [];
    const observer = { overRate: () => void over.push('rate'), overShare: () => undefined };
    const handler = clientRate({ ...limit, burst: 1, action }, () => 0, observer)(() => passed);
    void handler(asked('a.test'));
    expect((handler(asked('a.test')) as Outcome)?.rcode).toBe(rcode);
    expect(over).toEqual(['rate']);
  });

  test('without a rate the stage is not there', () => {
    const next = (): Outcome => passed;
    expect(clientRate({ ...limit, rate: 0 }, () => 0)(next)).toBe(next);
  });
});

describe('the places of waiting questions', () => {
  const share = (
    places: number,
    perClient = 0,
  ): { ask: (count: number, from: string) => number; finish: (how?: Error) => Promise<void> } => {
    const open: PromiseWithResolvers<Outcome>[] = [];
    const asking: Promise<unknown>[] = [];
    const handler = forwardShare({ places, perClient })(() => {
      open.push(Promise.withResolvers<Outcome>());
      return open.at(-1)!.promise;
    });
    const ask = (count: number, from: string): number => {
      const outcomes = Array.from({ length: count }, () => handler(asked('a.test', 'A', { from }))).filter((one) => one instanceof Promise);
      asking.push(...outcomes.map((one) => one.catch(() => undefined)));
      return outcomes.length;
    };
    const finish = async (how?: Error): Promise<void> => {
      for (const one of open.splice(0))
        if (how === undefined) one.resolve(passed);
        else one.reject(how);
      await Promise.all(asking.splice(0));
    };
    return { ask, finish };
  };

  test('one greedy client takes half, and another finds room', () => {
    const { ask } = share(100);
    expect(ask(1000, '10.0.0.1')).toBe(50);
    expect(ask(20, '10.0.0.2')).toBe(20);
    expect(ask(1000, '10.0.0.1')).toBe(0);
  });

  test('pods of one IPv6 subnet are clients of their own', () => {
    const { ask } = share(100);
    expect(ask(1000, '2001:db8::1:1')).toBe(50);
    expect(ask(20, '2001:db8::1:2')).toBe(20);
    expect(ask(20, '2001:db8::2:1')).toBe(15);
  });

  test('thousands of clients come and go: one that waits is not forgotten', async () => {
    const places = new ClientPlaces({ places: 16, perClient: 0 });
    const from = (address: number[]): Client => ({ address: Uint8Array.from(address), port: 1, transport: 'udp' });
    const patient = from([10, 0, 0, 1]);
    const waiting = Promise.withResolvers<Outcome>();
    for (let count = 0; places.hasRoom(patient); count++) void places.hold(patient, waiting.promise);
    expect(places.taken).toBe(8);
    for (let client = 0; client < 5000; client++) await places.hold(from([10, 1, client >> 8, client & 255]), Promise.resolve(passed));
    expect(places.taken).toBe(8);
    expect(places.hasRoom(patient)).toBe(false);
    waiting.resolve(passed);
    await waiting.promise;
    expect(places.taken).toBe(0);
    expect(places.hasRoom(patient)).toBe(true);
  });

  test('many greedy clients leave each honest one a few', () => {
    const { ask } = share(100);
    for (let client = 1; client < 50; client++) ask(1000, `10.0.1.${client}`);
    expect(ask(4, '10.0.0.2')).toBe(4);
  });

  test('answers and failures give places back', async () => {
    const { ask, finish } = share(100);
    ask(1000, '10.0.0.1');
    await finish();
    expect(ask(1000, '10.0.0.1')).toBe(50);
    await finish(new Error('no upstream'));
    expect(ask(1000, '10.0.0.1')).toBe(50);
  });

  test('the most of one client', () => {
    expect(share(100, 10).ask(1000, '10.0.0.1')).toBe(10);
    expect(share(100, 10).ask(1000, '2001:db8::1')).toBe(10);
  });

  test.each([1, 2, 3, 5])('the most of one client is what was said, %i too', (perClient) => {
    expect(share(100, perClient).ask(1000, '10.0.0.1')).toBe(perClient);
  });

  test('answers known at once take no place', () => {
    const handler = forwardShare({ places: 8, perClient: 0 })(() => passed);
    for (let i = 0; i < 100; i++) expect(handler(asked('a.test'))).toBe(passed);
  });
});
