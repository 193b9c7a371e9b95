/** List responses of the fake API server: pages, continue tokens, and PartialObjectMetadata for clients that ask for it. */
import type { History, KubernetesObject } from './history.ts';
import { take, type Lies } from './lies.ts';
import type { Selection } from './selection.ts';
import { expiredContinue, expiredList, tooLarge, type Status } from './statuses.ts';

export interface ListBody {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number };
  readonly items: readonly unknown[];
}

/** Returns the body of a list, or the Status that refuses it. */
export function listBody(
  history: History,
  lies: Lies,
  selection: Selection,
  query: URLSearchParams,
  metadataOnly: boolean,
): ListBody | Status {
  const token = query.get('continue') ?? '';
  const asked = query.get('resourceVersion') ?? '';
  const exact = query.get('resourceVersionMatch') === 'Exact';
  const from = token === '' ? undefined : readToken(token);
  if (Number(asked) > history.version) return tooLarge(asked, history.version);
  if (exact && Number(asked) < history.oldest) return expiredList;
  // The token offered for an inconsistent continuation has version -1 and a start key without its leading slash.
  if (from !== undefined && from.version !== -1 && (from.version < history.oldest || take(lies, 'gone')))
    return expiredContinue(writeToken(-1, from.start.slice(1)));

  const version = from !== undefined && from.version !== -1 ? from.version : exact ? Number(asked) : history.version;
  let found = history.at(selection.kind.kind, version).filter(([, object]) => selection.matches(object));
  // A list with limit 1 only serves to learn the resourceVersion: these lies are for lists whose items the client uses.
  const isOfOne = query.get('limit') === '1';
  if (!isOfOne && take(lies, 'empty')) found = [];
  if (!isOfOne && take(lies, 'shrunken')) found = found.slice(0, Math.floor(found.length / 3));
  const start = from?.start.replace(/^\//, '') ?? '';
  const rest = found.filter(([key]) => key >= start);
  // The watch cache of old servers ignores the limit at resourceVersion 0.
  const limit = asked === '0' ? rest.length : Number(query.get('limit') ?? 0) || rest.length;
  const page = rest.slice(0, limit);
  const remaining = rest.length - page.length;
  const last = page.at(-1)?.[0] ?? '';
  return {
    kind: metadataOnly ? 'PartialObjectMetadataList' : `${selection.kind.kind}List`,
    apiVersion: metadataOnly ? 'meta.k8s.io/v1' : selection.kind.apiVersion,
    metadata: {
      resourceVersion: String(version),
      ...(remaining > 0 && { continue: writeToken(version, `/${last}\0`) }),
      ...(remaining > 0 && !selection.narrowed && { remainingItemCount: remaining }),
    },
    items: page.map(([, object]) => itemOf(object, metadataOnly)),
  };
}

/** An item as it is in a list: without `kind` and `apiVersion`, which the list's own imply, unless it is PartialObjectMetadata. */
function itemOf(object: KubernetesObject, metadataOnly: boolean): unknown {
  if (metadataOnly) return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
  return Object.fromEntries(Object.entries(object).filter(([field]) => field !== 'kind' && field !== 'apiVersion'));
}

interface Token {
  readonly version: number;
  /** The key to continue at: the last one sent, followed by a zero octet. */
  readonly start: string;
}

function writeToken(version: number, start: string): string {
  // Go escapes the zero octet as `JSON.stringify` does.
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: version, start })).toString('base64url');
}

function readToken(token: string): Token {
  const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { rv: number; start: string };
  return { version: rv, start };
}
