/** GET requests for one resource's collection: its paths, and a body read chunk by chunk under an idle limit. */
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Clock } from '../clock.ts';
import type { ApiObject } from '../cluster/model.ts';
import type { Api, ApiResponse } from './api.ts';
import { formatOf } from './content-type.ts';
import { Failure, asked, failureOfError, failureOfResponse, type Request } from './failure.ts';
import { Problem } from './fields.ts';
import type { Format } from './format.ts';
import { guardIdle, type IdleGuard } from './idle.ts';
import { groupOf, type Resource } from './resource.ts';

export interface Collection {
  readonly api: Api;
  readonly clock: Clock;
  readonly resource: Resource<ApiObject>;
  /** '' for the whole cluster. */
  readonly namespace: string;
  /** A labelSelector, '' for all. */
  readonly selector: string;
  /** Objects requested per page of a list. */
  readonly pageSize: number;
  readonly received: (octets: number) => void;
  /** Whether to ask for protobuf, now. */
  readonly withProtobuf: () => boolean;
}

/** What is done with a body. */
export interface Reading {
  readonly take: (chunk: Uint8Array, guard: IdleGuard) => void;
  /** Called when the body ended properly. */
  readonly end: () => void;
}

export interface Ask {
  readonly verb: Request['verb'];
  readonly parameters: Readonly<Record<string, string>>;
  readonly accept: string;
  /** Silence that ends the request, ms; until the response begins, `HEAD_LIMIT` applies. */
  readonly idleLimit: number;
  readonly signal: AbortSignal;
}

/** A list may wait in the server's queue (API Priority and Fairness) and for a fresh cache; one minute is the server's own limit. In ms. */
const HEAD_LIMIT = 60_000;

/**
 * Calls `begin` when a response with status 200 begins, and then what it returned. Resolves when the body ended properly; rejects with a Failure, or with
 * the signal's reason.
 */
export async function read(of: Collection, ask: Ask, begin: (format: Format) => Reading): Promise<void> {
  const request: Request = { verb: ask.verb, group: groupOf(of.resource.apiVersion), resource: of.resource.name, namespace: of.namespace };
  const guard = guardIdle(of.clock, HEAD_LIMIT, ask.signal, asked(request));
  try {
    const response = await of.api.get(pathOf(of, ask.parameters), ask.accept, guard.signal).catch((error: unknown) => {
      throw guard.signal.aborted ? guard.signal.reason : failureOfError(request, error);
    });
    const format = formatOf(response.contentType);
    if (response.status !== 200)
      throw failureOfResponse(request, response.status, response.retryAfter, format.status(await beginningOf(response)));
    guard.limit(ask.idleLimit);
    const reading = begin(format);
    await eachChunk(response.body, (chunk) => {
      of.received(chunk.length);
      reading.take(chunk, guard);
    });
    reading.end();
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof Problem) throw new Failure('malformed', `${asked(request)}: ${error.message}`);
    if (guard.signal.aborted) throw guard.signal.reason;
    // An error without a code does not come from a socket: it is a bug of ours and no reason to retry.
    throw typeof (error as NodeJS.ErrnoException).code === 'string' ? failureOfError(request, error) : error;
  } finally {
    guard.stop();
  }
}

/** Uses events: an async iterator's promise per chunk would delay each change of the cluster by 0.1 ms. Rejects with what `take` throws. */
function eachChunk(body: Readable, take: (chunk: Uint8Array) => void): Promise<void> {
  body.on('data', (chunk: Uint8Array) => {
    try {
      take(chunk);
    } catch (error) {
      body.destroy(error as Error);
    }
  });
  return finished(body);
}

function pathOf({ resource, namespace, selector }: Collection, parameters: Readonly<Record<string, string>>): string {
  const root = resource.apiVersion.includes('/') ? 'apis' : 'api';
  const within = namespace === '' || !resource.namespaced ? '' : `namespaces/${namespace}/`;
  const query = new URLSearchParams(parameters);
  if (resource.fieldSelector !== '') query.set('fieldSelector', resource.fieldSelector);
  if (resource.selectable && selector !== '') query.set('labelSelector', selector);
  return `/${root}/${resource.apiVersion}/${within}${resource.name}?${query.toString()}`;
}

/** Reads enough for a Status, which is a few hundred octets; of anything longer the beginning suffices. */
async function beginningOf(response: ApiResponse): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > 16_384) break;
  }
  return Buffer.concat(chunks);
}
