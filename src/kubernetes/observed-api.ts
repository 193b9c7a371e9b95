/** An API server each of whose requests is told of. */
import type { Clock } from '../clock.ts';
import type { Api } from './api.ts';

export interface RequestObserver {
  /** A response began, `milliseconds` after the request, or with no status the request failed. `host`: as written in the server's URL. */
  requested(host: string, status: number | undefined, milliseconds: number): void;
}

export function observedApi(api: Api, clock: Clock, observer: RequestObserver): Api {
  // URL.host would leave out the port that is usual.
  const host = api.url.replace(/^\w+:\/\//, '').replace(/\/.*$/, '');
  return {
    ...api,
    get: async (path, accept, signal) => {
      const start = clock.monotonic();
      let status: number | undefined;
      try {
        const response = await api.get(path, accept, signal);
        status = response.status;
        return response;
      } finally {
        observer.requested(host, status, clock.monotonic() - start);
      }
    },
  };
}
