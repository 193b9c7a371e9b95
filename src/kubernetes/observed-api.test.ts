import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import type { Api } from './api.ts';
import { observedApi } from './observed-api.ts';

test.each([
  ['https://10.96.0.1:443', 200, ['10.96.0.1:443', 200, 30]],
  ['https://[fd00::1]:6443/k8s/clusters/a', 410, ['[fd00::1]:6443', 410, 30]],
  ['http://api.example', undefined, ['api.example', undefined, 30]],
])('a request to %s that is answered with %s', async (url, status, told) => {
  const clock = fakeClock();
  const heard: unknown[] = [];
  const api: Api = {
    url,
    get: async () => {
      await clock.advance(30);
      if (status === undefined) throw new Error('refused');
      return { status, retryAfter: 0, contentType: '', body: Readable.from([]) };
    },
    renew: () => undefined,
    close: () => undefined,
  };
  const { signal } = new AbortController();
  const asked = observedApi(api, clock, { requested: (...what) => heard.push(what) }).get('/api', '', signal);
  await (status === undefined ? expect(asked).rejects.toThrow('refused') : expect(asked).resolves.toMatchObject({ status }));
  expect(heard).toEqual([told]);
});
