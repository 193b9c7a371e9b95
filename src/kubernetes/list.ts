/** Lists a collection page by page, holding one object at a time (client-go's pager; KEP-5116's remedy for a list's memory, on the client side). */
import { read, type Collection } from './collection.ts';
import { Failure } from './failure.ts';
import type { Fields } from './fields.ts';
import { createItemSplitter } from './list-items.ts';

/** Octets of a list follow each other; a minute without any is a stall. In ms. */
const IDLE_LIMIT = 60_000;

const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

export interface ListOptions {
  /** Requests one page, for a list that expires between pages. */
  readonly whole?: boolean;
  readonly metadataOnly?: boolean;
  /** Stops after the first page. */
  readonly firstPage?: boolean;
  /** Given an item's octets, returns true when it need not be parsed. */
  readonly known?: (octets: Uint8Array) => boolean;
}

const NOTHING_KNOWN = (): boolean => false;

/**
 * Lists without a resourceVersion: a quorum read, never older than what was seen before, at a higher cost to servers before 1.31. Passes each object
 * to `each` and resolves to the list's resourceVersion. Rejects with a Failure: `expired` when a page's token was compacted meanwhile.
 */
export async function list(
  of: Collection,
  each: (object: Fields) => void,
  signal: AbortSignal,
  { whole = false, metadataOnly = of.resource.metadataOnly, firstPage = false, known = NOTHING_KNOWN }: ListOptions = {},
): Promise<string> {
  const accept = metadataOnly ? METADATA_LIST : 'application/json';
  let token = '';
  let version = '';
  do {
    const items = createItemSplitter();
    const parameters = { ...(!whole && { limit: String(of.pageSize) }), ...(token !== '' && { continue: token }) };
    await read(of, { verb: 'list', parameters, accept, idleLimit: IDLE_LIMIT, signal }, (chunk, guard) => {
      guard.heard();
      for (const item of items.push(chunk))
        if (!known(item)) each(parsed(of, Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString('utf8')));
    });
    const metadata = metadataOf(of, items.envelope());
    // Later pages have the first one's version, from which the watch begins.
    version ||= metadata.resourceVersion ?? '';
    token = metadata.continue ?? '';
  } while (token !== '' && !firstPage);
  return version;
}

/** Returns the server's current resourceVersion, at the cost of one object. */
export function currentVersion(of: Collection, signal: AbortSignal): Promise<string> {
  return list({ ...of, pageSize: 1 }, () => undefined, signal, { metadataOnly: true, firstPage: true });
}

function metadataOf(of: Collection, envelope: string | undefined): { resourceVersion?: string; continue?: string } {
  if (envelope === undefined) throw new Failure('cut', `list ${of.resource.name}: the list ended in the middle`);
  const { metadata } = parsed(of, envelope);
  if (typeof metadata !== 'object' || metadata === null)
    throw new Failure('malformed', `list ${of.resource.name}: the answer is no list: ${envelope.slice(0, 80)}`);
  return metadata;
}

function parsed(of: Collection, text: string): Fields {
  try {
    return JSON.parse(text) as Fields;
  } catch (error) {
    throw new Failure('malformed', `list ${of.resource.name}: not JSON: ${(error as Error).message}`);
  }
}
