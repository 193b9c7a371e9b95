/** A fake API server on loopback: it responds as a kube-apiserver 1.36 was recorded to (./recordings), and misbehaves on command. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { createHistory, keyOf, type KubernetesObject } from './history.ts';
import { noLies, take, tell, type Lie } from './lies.ts';
import { listBody, type ListBody } from './listing.ts';
import { listOctets, PROTOBUF, wholeBody } from './protobuf.ts';
import { selectionOf, type Selection } from './selection.ts';
import {
  expiredList,
  expiredWatch,
  forbidden,
  noStreamingList,
  serverError,
  tooManyRequests,
  unauthorized,
  type Status,
} from './statuses.ts';
import { catchUp, createWatching, type Watching } from './watching.ts';

export interface FakeOptions {
  /** Interval between bookmarks, ms; a minute on a real server. */
  readonly bookmarkInterval?: number;
  /** The only bearer token accepted; '' accepts every request. */
  readonly token?: string;
  /** PEM; makes it serve HTTPS. `ca` is written into the kubeconfig. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca: string };
  /** Keeps the resourceVersions of the initial objects. */
  readonly exact?: boolean;
  /** The version to start at, where it is newer than those of the objects. */
  readonly version?: number;
  readonly port?: number;
  /** Whether it has protobuf for clients that ask for it; JSON shows what protobuf has no place for, such as a port that is text. */
  readonly protobuf?: boolean;
  /** Called just before an event of a watch is written. */
  readonly sending?: () => void;
}

export interface FakeApiServer {
  readonly url: string;
  readonly port: number;
  /** Requests so far, `METHOD /path?query`. */
  readonly requests: readonly string[];
  /** The current objects of a kind. */
  objects(kind: string): readonly KubernetesObject[];
  /** Writes a kubeconfig to `path` and returns `path`. */
  kubeconfig(path: string): Promise<string>;
  put(object: KubernetesObject): KubernetesObject;
  /** `key`: `namespace/name`, or the name. */
  remove(kind: string, key: string): void;
  lie(lie: Lie): void;
  /** Ends all lies; watches that are stalled, or owe a withheld change, remain so. */
  honest(): void;
  /** Compacts every version before the current one. */
  compact(): void;
  /** Goes back to an older version, as restoring a backup of etcd does. */
  restore(version: number): void;
  readonly version: number;
  /** Ends the running watches cleanly. */
  endWatches(): void;
  bookmark(): void;
  close(): Promise<void>;
}

const USER = 'system:serviceaccount:default:poor';

export async function startFakeApiServer(objects: Iterable<KubernetesObject> = [], options: FakeOptions = {}): Promise<FakeApiServer> {
  const { bookmarkInterval = 60_000, token = '', tls, exact = false, port = 0, version: first = 1, protobuf = true, sending } = options;
  const history = createHistory();
  for (const object of objects) history.put(object, exact);
  history.reach(first);
  let lies = noLies(token);
  const watches = new Set<Watching>();
  const requests: string[] = [];

  const unsubscribe = history.subscribe((change) => {
    if (take(lies, 'gap')) return;
    for (const watching of watches) if (watching.kind === change.kind) watching.change(change);
    take(lies, 'repeat');
    lies.reordering = false;
  });
  const bookmark = (): void => watches.forEach((watching) => watching.bookmark(history.version));
  const bookmarks = setInterval(bookmark, bookmarkInterval).unref();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    if (!protobuf) request.headers.accept = request.headers.accept?.replaceAll(PROTOBUF, 'application/vnd.none');
    const url = new URL(request.url ?? '/', 'http://fake');
    if (lies.halfOpen) return;
    if (lies.token !== '' && request.headers.authorization !== `Bearer ${lies.token}`) {
      refuse(request, response, unauthorized);
      return;
    }
    const selection = selectionOf(url);
    if (selection === undefined || lies.absent.has(selection.kind.plural)) {
      notFound(response);
      return;
    }
    const isWatch = ['1', 'true'].includes(url.searchParams.get('watch') ?? '');
    const { plural, group } = selection.kind;
    if (lies.forbidden.has(plural) || lies.forbidden.has(`${plural} in ${selection.namespace}`)) {
      refuse(request, response, forbidden(USER, isWatch ? 'watch' : 'list', plural, group, selection.namespace));
      return;
    }
    if (take(lies, 'status')) {
      if (lies.retryAfter > 0) response.setHeader('retry-after', lies.retryAfter);
      refuse(request, response, lies.code === 429 ? tooManyRequests : serverError(lies.code));
      return;
    }
    if (isWatch) {
      watch(request, response, url.searchParams, selection);
      return;
    }
    await list(request, response, url.searchParams, selection);
  }

  async function list(request: IncomingMessage, response: ServerResponse, query: URLSearchParams, selection: Selection): Promise<void> {
    const body = listBody(history, lies, selection, query, wantsMetadata(request));
    if (lies.listDelay > 0) await wait(lies.listDelay);
    if (body.kind === 'Status') {
      refuse(request, response, body as Status);
      return;
    }
    if (take(lies, 'reset-list')) {
      const { type, octets } = encoded(request, body);
      head(response, 200, type);
      response.write(octets.subarray(0, Math.ceil(octets.length / 2)), () => response.socket?.resetAndDestroy());
      return;
    }
    send(request, response, 200, body);
  }

  function watch(request: IncomingMessage, response: ServerResponse, query: URLSearchParams, selection: Selection): void {
    const version = query.get('resourceVersion') ?? '';
    const streaming = query.get('sendInitialEvents') === 'true';
    if (streaming && !lies.streaming) {
      refuse(request, response, noStreamingList);
      return;
    }
    const gone = take(lies, 'gone');
    if (gone && lies.how === 'http') {
      refuse(request, response, expiredList);
      return;
    }
    const inProtobuf = wantsProtobuf(request);
    head(response, 200, inProtobuf ? `${PROTOBUF};stream=watch` : 'application/json');
    response.flushHeaders();
    const wantsBookmarks = query.get('allowWatchBookmarks') === 'true';
    const watching = createWatching({
      selection,
      lies,
      response,
      metadataOnly: wantsMetadata(request),
      bookmarks: wantsBookmarks,
      protobuf: inProtobuf,
      sending,
    });
    if (take(lies, 'brief')) {
      watching.end();
      return;
    }
    if (gone || (version !== '' && version !== '0' && Number(version) < history.oldest)) {
      watching.error(expiredWatch(version || '0', history.oldest));
      watching.end();
      return;
    }
    if (streaming || version === '' || version === '0') {
      // A real server flushes when it has nothing more to send.
      response.cork();
      for (const object of listed(selection)) watching.initial(object);
      if (streaming && !lies.endless) watching.bookmark(history.version, true);
      response.uncork();
    } else catchUp(watching, history, Number(version));
    watches.add(watching);
    const seconds = Number(query.get('timeoutSeconds') ?? 1800);
    const timeout = setTimeout(() => {
      watching.bookmark(history.version);
      watching.end();
    }, seconds * 1000);
    response.on('close', () => {
      clearTimeout(timeout);
      watches.delete(watching);
    });
  }

  /** The objects that a watch begins with; like those of a list, they can be empty or fewer. */
  function listed(selection: Selection): KubernetesObject[] {
    const found = history.at(selection.kind.kind, history.version).map(([, object]) => object);
    const shown = found.filter((object) => selection.matches(object));
    if (take(lies, 'empty')) return [];
    return take(lies, 'shrunken') ? shown.slice(0, Math.floor(shown.length / 3)) : shown;
  }

  const listener: RequestListener = (request, response) => {
    response.on('error', () => undefined);
    void answer(request, response);
  };
  const server: Server = tls === undefined ? createServer(listener) : createSecureServer({ key: tls.key, cert: tls.cert }, listener);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  const url = `http${tls === undefined ? '' : 's'}://127.0.0.1:${bound}`;

  return {
    url,
    port: bound,
    requests,
    get version() {
      return history.version;
    },
    objects: (kind) => history.at(kind, history.version).map(([, object]) => object),
    async kubeconfig(path) {
      await writeFile(path, kubeconfigText(url, lies.token, tls?.ca));
      return path;
    },
    put: (object) => history.put(object),
    remove: (kind, key) => history.remove(kind, key),
    lie(lie) {
      tell(lies, lie);
      if (lie.kind === 'restart' || lie.kind === 'rotate') server.closeAllConnections();
    },
    honest() {
      // Running watches keep the lies they began with: a stalled one stays silent, and a new one is honest.
      lies = noLies(lies.token);
    },
    compact: () => history.compact(),
    restore: (version) => history.restore(version),
    endWatches: () => watches.forEach((watching) => watching.end()),
    bookmark,
    async close() {
      clearInterval(bookmarks);
      unsubscribe();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export { keyOf };

function wantsMetadata({ headers }: IncomingMessage): boolean {
  return /;as=PartialObjectMetadata(List)?;g=meta\.k8s\.io;v=v1\b/.test(headers.accept ?? '');
}

function head(response: ServerResponse, code: number, type = 'application/json'): void {
  response.writeHead(code, { 'audit-id': randomUUID(), 'cache-control': 'no-cache, private', 'content-type': type });
}

function wantsProtobuf({ headers }: IncomingMessage): boolean {
  return headers.accept?.startsWith(PROTOBUF) === true;
}

function encoded(request: IncomingMessage, body: ListBody | Status): { readonly type: string; readonly octets: Buffer } {
  if (wantsProtobuf(request)) return { type: PROTOBUF, octets: body.kind === 'Status' ? wholeBody(body) : listOctets(body as ListBody) };
  const pretty = request.headers['user-agent']?.startsWith('curl') === true;
  return { type: 'application/json', octets: Buffer.from(pretty ? JSON.stringify(body, undefined, 2) : JSON.stringify(body)) };
}

/** Sends a body, compressed above 128 KiB as by a kube-apiserver; JSON indented for curl. */
function send(request: IncomingMessage, response: ServerResponse, code: number, body: ListBody | Status): void {
  const { type, octets } = encoded(request, body);
  const compress = request.headers['accept-encoding']?.includes('gzip') === true && octets.length > 128 * 1024;
  if (compress) response.setHeader('content-encoding', 'gzip');
  head(response, code, type);
  response.end(compress ? gzipSync(octets, { level: 1 }) : octets);
}

function refuse(request: IncomingMessage, response: ServerResponse, status: Status): void {
  const { retryAfterSeconds } = (status.details ?? {}) as { retryAfterSeconds?: number };
  if (retryAfterSeconds !== undefined && !response.hasHeader('retry-after')) response.setHeader('retry-after', retryAfterSeconds);
  send(request, response, status.code, status);
}

function notFound(response: ServerResponse): void {
  head(response, 404, 'text/plain; charset=utf-8');
  response.end('404 page not found\n');
}

function kubeconfigText(url: string, token: string, ca: string | undefined): string {
  const authority = ca === undefined ? '' : `, certificate-authority-data: ${Buffer.from(ca).toString('base64')}`;
  return [
    'apiVersion: v1',
    'kind: Config',
    'current-context: fake',
    `clusters: [{ name: fake, cluster: { server: "${url}"${authority} } }]`,
    'contexts: [{ name: fake, context: { cluster: fake, user: fake } }]',
    `users: [{ name: fake, user: {${token === '' ? '' : ` token: "${token}" `}} }]`,
    '',
  ].join('\n');
}
