/** An Api that reports each of its requests to an observer. */
import type { Clock } from '../clock.ts';
import type { Api } from './api.ts';

export interface RequestObserver {
  /** A response began `milliseconds` after the request; without a status, the request failed. `host` is as written in the server's URL. */
  requested(host: string, status: number | undefined, milliseconds: number): void;
}

export function observedApi(api: Api, clock: Clock, observer: RequestObserver): Api {
  // URL.host would leave out a default port.
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
