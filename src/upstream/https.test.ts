/** What is particular to sessions of HTTPS; exchange.test.ts holds what is common to all exchanges. */
import { expect, test } from 'vitest';
import { hasOpenssl, makeCertificate } from '../../test/fakes/certificate.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import { startHttpsUpstream } from '../../test/fakes/secure-upstream.ts';
import { unaborted } from '../../test/fakes/unaborted.ts';
import { recordedUpstream } from '../../test/fakes/upstream.ts';
import { nameFromText } from '../wire/name.ts';
import { writeQuestion } from '../wire/question.ts';
import { httpsExchange } from './https.ts';

const NAME = 'dns.example.test';

function question(name: string): Uint8Array {
  return writeQuestion({ name: nameFromText(name)!, type: 1, dnssecOk: false, checkingDisabled: false }, 0, 1232);
}

test.runIf(hasOpenssl)('a session that answered while this process paused for two seconds is read before it is closed', async () => {
  const certificate = makeCertificate(`DNS:${NAME}`);
  const clock = fakeClock();
  const asked: string[] = [];
  let more: Promise<Uint8Array> | undefined;
  await using stack = new AsyncDisposableStack();
  const server = await startHttpsUpstream(certificate, (name, type) => {
    asked.push(name);
    void clock.advance(2001);
    more ??= exchange(question('mail.example.test'), unaborted());
    return recordedUpstream(name, type);
  });
  stack.defer(() => server.close());
  const url = new URL(`https://127.0.0.1:${server.port}/dns-query`);
  const exchange = stack.use(httpsExchange({ url, serverName: NAME, ca: certificate.cert, clock }));
  await exchange(question('www.example.test'), unaborted());
  await more;
  // Neither was asked again because its session was closed.
  expect(asked).toHaveLength(2);
});
