/** Loop probes: which are ours, and what is kept of them. */
import { expect, test } from 'vitest';
import { reply } from '../../test/fakes/upstream.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import { unaborted } from '../../test/fakes/unaborted.ts';
import { readName, type Name } from '../wire/name.ts';
import { LoopCheck } from './loop.ts';
import { noUpstreamObserver } from './observer.ts';
import { Upstream } from './upstream.ts';
import { ExchangeError, type Exchange } from './exchange.ts';

function upstream(exchange: Exchange): Upstream {
  return new Upstream({
    url: 'udp://192.0.2.53:53',
    index: 0,
    exchange,
    clock: fakeClock(),
    observer: noUpstreamObserver,
    changed: () => undefined,
    suspected: () => undefined,
  });
}

const asked = (message: Uint8Array): Name => readName(message, 12)!.name;

test('a probe that came back to this thread tells of a loop though its answer was lost', async () => {
  const loops = new LoopCheck('token');
  const around = upstream((message) => {
    expect(loops.isProbe(asked(message))).toBe(true);
    // CD: a validating upstream would find our answer bogus (RFC 4035 section 3.2.2).
    expect(message[3]! & 0x10).toBe(0x10);
    loops.answer(asked(message));
    return Promise.reject(new ExchangeError('servfail', 'lost'));
  });
  expect(await loops.check(around, unaborted())).toBe(true);
});

test('one that came back to another thread does so by its answer', async () => {
  const [one, other] = [new LoopCheck('token'), new LoopCheck('token')];
  const answer = other.answer(asked(probeOf(one)));
  expect(answer.answers).toBe(1);
});

test.each([
  ['the answer of another thread', 'kubezone', 'loop', true],
  ['what a wildcard at the root says', 'sinkhole', 'none', false],
] as const)('%s (%s, %s): loops %s', async (_, cpu, os, loops) => {
  const answering = upstream((message) => {
    const said = reply(message, 'udp', (name) => ({ rcode: 'NOERROR', answers: [{ name, type: 'HINFO', ttl: 0, data: { cpu, os } }] }));
    return Promise.resolve(said!);
  });
  expect(await new LoopCheck('token').check(answering, unaborted())).toBe(loops);
});

test.each([
  ['refused', false],
  ['lame', false],
  ['servfail', undefined],
  ['timeout', undefined],
] as const)('%s for a probe that did not come back: loops %s', async (cause, loops) => {
  const elsewhere = upstream(() => Promise.reject(new ExchangeError(cause, cause)));
  expect(await new LoopCheck('token').check(elsewhere, unaborted())).toBe(loops);
});

test('a probe that nobody waits for leaves nothing behind: whoever saw the token may send any number', async () => {
  const loops = new LoopCheck('token');
  let probe: Name | undefined;
  const silentOne = upstream((message) => {
    probe = asked(message);
    return Promise.reject(new ExchangeError('timeout', 'nothing'));
  });
  expect(await loops.check(silentOne, unaborted())).toBeUndefined();
  // Too late.
  loops.answer(probe!);
  const again = upstream(() => Promise.reject(new ExchangeError('timeout', 'nothing')));
  expect(await loops.check(again, unaborted())).toBeUndefined();
  expect(loops.awaited).toBe(0);
});

function probeOf(loops: LoopCheck): Uint8Array {
  let message: Uint8Array = new Uint8Array();
  void loops.check(
    upstream((sent) => {
      message = sent;
      return new Promise(() => undefined);
    }),
    unaborted(),
  );
  return message;
}
