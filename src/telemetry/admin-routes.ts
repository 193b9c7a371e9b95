/** Admin routes that every server has, and /top; those that need the serving threads (cache, explain) are in cmd/kubezone/admin-routes.ts. */
import type { IncomingMessage } from 'node:http';
import { json, text, type Routes } from './admin.ts';
import type { Metrics } from './registry.ts';
import type { TopLists } from './top.ts';

export interface Health {
  /** Reasons to restart the server; empty while it is alive. */
  readonly dead: () => readonly string[];
  /** Reasons to send it no queries (`not listening yet`); empty when it is ready. */
  readonly notReady: () => readonly string[];
}

export function basicRoutes(metrics: Metrics, health: Health, options: () => object): Routes {
  const verdict = (reasons: readonly string[]): ReturnType<typeof text> => (reasons.length === 0 ? text(200, 'ok') : text(503, ...reasons));
  return {
    '/livez': { access: 'anyone', does: '200 while it works', handle: () => verdict(health.dead()) },
    '/readyz': { access: 'anyone', does: '200 when it should get queries, else 503 and why not', handle: () => verdict(health.notReady()) },
    '/metrics': {
      access: 'anyone',
      does: 'metrics for Prometheus',
      handle: async (_url, request) => {
        const { type, body } = await metrics.scrape(wantsOpenMetrics(request) ? 'openmetrics' : 'text');
        return { status: 200, type, body };
      },
    },
    '/config': { access: 'local', does: 'the options in use', handle: () => json(masked(options())) },
  };
}

const MOST_ENTRIES = 1000;

/** The route `/top?n=20`. */
export function topRoute(top: TopLists): Routes {
  return {
    '/top': {
      access: 'local',
      does: 'who asks most, and for what (?n=20)',
      handle: (url) => {
        const asked = url.searchParams.get('n') ?? '20';
        const limit = Number(asked);
        if (!/^\d+$/.test(asked) || limit < 1 || limit > MOST_ENTRIES)
          return text(400, `n is a number from 1 to ${MOST_ENTRIES}, not "${asked}"`);
        return json(top.top(limit));
      },
    },
  };
}

/** Whether the client wants OpenMetrics: Prometheus lists it first when it does, and browsers never name it. */
function wantsOpenMetrics(request: IncomingMessage): boolean {
  return (request.headers.accept ?? '').includes('application/openmetrics-text');
}

/** Replaces the values of options that are named as secrets, and the credentials in URLs. */
function masked(options: object): object {
  const mask = (key: string, value: unknown): unknown => {
    if (value !== undefined && /secret|password|token(?!.*file)/i.test(key)) return '(not shown)';
    return typeof value === 'string' ? value.replace(/(:\/\/)[^/@]+@/, '$1(not shown)@') : value;
  };
  return JSON.parse(JSON.stringify(options, mask)) as object;
}
