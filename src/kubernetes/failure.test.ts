import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fields } from './fields.ts';
import { json } from './json-format.ts';
import { Failure, failureOfError, failureOfResponse, failureOfStatus, type Request } from './failure.ts';

const bodyOf = (text: string): Fields => json.status(Buffer.from(text));

const request: Request = { verb: 'watch', group: 'discovery.k8s.io', resource: 'endpointslices', namespace: '' };

function recorded(name: string): { status: number; body: string } {
  const text = readFileSync(new URL(`../../test/fakes/api-server/recordings/${name}.txt`, import.meta.url), 'utf8');
  return { status: Number(/^HTTP\/1.1 (\d+)/m.exec(text)?.[1]), body: text.slice(text.indexOf('\r\n\r\n') + 4) };
}

describe('what a real API server refused', () => {
  const cases: [name: string, reason: string, retryAfter: number, says: string][] = [
    ['list-expired-continue', 'expired', 0, 'watch endpointslices: The provided continue parameter is too old'],
    ['list-exact-expired', 'expired', 0, 'watch endpointslices: The resourceVersion for the provided list is too old.'],
    ['list-too-large-rv', 'ahead', 1, 'watch endpointslices: Timeout: Too large resource version: 999999999, current: 224'],
    ['unauthorized', 'unauthorized', 0, 'the credentials are refused (401); they are read again'],
    [
      'forbidden',
      'forbidden',
      0,
      'may not watch endpointslices: add to its ClusterRole the rule apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"]',
    ],
    [
      'not-found',
      'missing',
      0,
      'not installed here (404): the API server does not know endpointslices.discovery.k8s.io (404 page not found)',
    ],
  ];
  test.each(cases)('%s', (name, reason, retryAfter, says) => {
    const { status, body } = recorded(name);
    const failure = failureOfResponse(request, status, 0, bodyOf(body));
    expect(failure).toMatchObject({ reason, retryAfter });
    expect(failure.message).toContain(says);
  });

  test('as an ERROR event', () => {
    const event = JSON.parse(recorded('watch-expired').body) as { object: Record<string, unknown> };
    expect(failureOfStatus(request, event.object)).toMatchObject({
      reason: 'expired',
      message: 'watch endpointslices: too old resource version: 5 (245)',
    });
  });
});

describe('by status', () => {
  const cases: [status: number, reason: string][] = [
    [400, 'rejected'],
    [422, 'rejected'],
    [408, 'server'],
    [410, 'expired'],
    [429, 'busy'],
    [500, 'server'],
    [503, 'server'],
    [302, 'server'],
  ];
  test.each(cases)('%i is %s, whatever the body', (status, reason) => {
    expect(failureOfResponse(request, status, 0, bodyOf('<html>'))).toMatchObject({ reason });
  });

  test('the header’s Retry-After comes before the body’s', () => {
    expect(failureOfResponse(request, 429, 7, bodyOf('{"details":{"retryAfterSeconds":1}}')).retryAfter).toBe(7);
    expect(failureOfResponse(request, 429, 0, bodyOf('{"details":{"retryAfterSeconds":1}}')).retryAfter).toBe(1);
  });

  test('any body makes a Failure, never another error', () => {
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ details: fc.jsonValue(), code: fc.jsonValue(), message: fc.jsonValue(), reason: fc.jsonValue() })
        .map((status) => JSON.stringify(status)),
    );
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), body, (status, text) => {
        expect(failureOfResponse(request, status, 0, bodyOf(text))).toBeInstanceOf(Failure);
      }),
    );
  });
});

test.each([
  ['ECONNREFUSED', 'unreachable'],
  ['ENOTFOUND', 'unreachable'],
  ['ECONNRESET', 'cut'],
  ['Z_BUF_ERROR', 'cut'],
])('%s is %s', (code, reason) => {
  const failure = failureOfError({ ...request, namespace: 'shop' }, Object.assign(new Error(`says ${code}`), { code }));
  expect(failure).toMatchObject({ reason });
  expect(failure.message).toMatch(new RegExp(`^watch endpointslices in shop: .*says ${code}$`));
});

test.each(['CERT_HAS_EXPIRED', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
  '%s is untrusted, and says what is done',
  (code) => {
    const says = 'unable to verify the first certificate; if the root CA is installed locally, try running Node.js with --use-system-ca';
    expect(failureOfError(request, Object.assign(new Error(says), { code }))).toMatchObject({
      reason: 'untrusted',
      message:
        "watch endpointslices: the API server's certificate is not trusted: unable to verify the first certificate; the CA is read again and tried again",
    });
  },
);
