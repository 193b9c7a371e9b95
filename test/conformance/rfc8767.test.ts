/** RFC 8767: expired answers are served while the upstreams fail. */
import { describe, expect, test } from 'vitest';
import { Rcode } from '../../src/wire/iana.ts';
import { recordedUpstream, type Says } from '../fakes/upstream.ts';
import { extendedError, opt } from './message.ts';
import { serveRecorded } from './served.ts';

const name = 'www.example.test';
const pastTtl = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1200));

/** The ways in which the upstream fails. */
const failures: Record<string, Says> = { silence: () => undefined, SERVFAIL: () => ({ rcode: 'SERVFAIL' }) };

describe.each(Object.keys(failures))('after %s', (failure) => {
  let failing = false;
  const served = serveRecorded(
    ['--cache-max-ttl', '1', '--stale-client-timeout', '200ms', '--upstream-budget', '1s', '--stale-ttl', '30', '--prefetch=false'],
    (asked, type) => (failing ? failures[failure]!(asked, type) : recordedUpstream(asked, type)),
  );

  test('5: the ended answer is given, for 30 seconds at most, and marked (RFC 8914 section 4.4)', async () => {
    const fresh = await served.ask({ name, edns: [opt()] });
    expect([fresh.rcode, extendedError(fresh)]).toEqual([Rcode.NOERROR, undefined]);
    failing = true;
    await pastTtl();
    const stale = await served.ask({ name, edns: [opt()] });
    expect(stale).toMatchObject({ rcode: Rcode.NOERROR, flags: 'qr rd ra', answers: [[`${name}.`, 30, 'A', '192.0.2.80']] });
    expect(extendedError(stale)).toBe(3);
  });

  test('4: what was never known fails', async () => {
    const response = await served.ask({ name: 'edge.example.test', edns: [opt()] });
    expect(response).toMatchObject({ rcode: Rcode.SERVFAIL, answers: [] });
  });

  test('4: zones of ours have nothing to do with it', async () =>
    expect((await served.ask({ name: 'web.shop.svc.cluster.local' })).rcode).toBe(Rcode.NOERROR));
});
