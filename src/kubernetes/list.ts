/** Lists a collection page by page, holding one object at a time (client-go's pager; KEP-5116's remedy for a list's memory, on the client side). */
import { read, type Collection } from './collection.ts';
import { accepted } from './content-type.ts';
import { Failure } from './failure.ts';
import { textOf, type Fields } from './fields.ts';
import type { Told } from './format.ts';
import { IDENTIFIED } from './object-meta.ts';
import { reflectedText } from './reflected.ts';

/** Octets of a list follow each other; a minute without any is a stall. In ms. */
const IDLE_LIMIT = 60_000;

export interface ListOptions {
  /** Requests one page, for a list that expires between pages. */
  readonly whole?: boolean;
  readonly metadataOnly?: boolean;
  /** Stops after the first page. */
  readonly firstPage?: boolean;
  /** Returns true when an item in this state need not be read. */
  readonly isKnown?: ((told: Told) => boolean) | undefined;
}

/**
 * Lists without a resourceVersion: a quorum read, never older than what was seen before, at a higher cost to servers before 1.31. Passes each object
 * to `each` and resolves to the list's resourceVersion. Rejects with a Failure: `expired` when a page's token was compacted meanwhile.
 */
export async function list(
  of: Collection,
  each: (object: Fields) => void,
  signal: AbortSignal,
  { whole = false, metadataOnly = of.resource.metadataOnly, firstPage = false, isKnown }: ListOptions = {},
): Promise<string> {
  const accept = accepted(metadataOnly ? 'PartialObjectMetadataList' : '', of.withProtobuf());
  const message = metadataOnly ? IDENTIFIED : of.resource.message;
  let token = '';
  let version = '';
  do {
    const parameters = { ...(!whole && { limit: String(of.pageSize) }), ...(token !== '' && { continue: token }) };
    await read(of, { verb: 'list', parameters, accept, idleLimit: IDLE_LIMIT, signal }, ({ items, peekItem, object }) => {
      const splitter = items();
      return {
        take(chunk, guard) {
          guard.heard();
          for (const item of splitter.push(chunk)) {
            const told = isKnown && peekItem(item);
            if (told === undefined || !isKnown!(told)) each(object(item, message));
          }
        },
        end() {
          const metadata = splitter.metadata();
          const what = reflectedText({ name: of.resource.name, namespace: of.namespace });
          if (metadata === undefined) throw new Failure('cut', `list ${what}: the list ended in the middle`);
          // Later pages have the first one's version, from which the watch begins.
          version ||= textOf(metadata.resourceVersion, 'metadata.resourceVersion');
          token = textOf(metadata.continue, 'metadata.continue');
        },
      };
    });
  } while (token !== '' && !firstPage);
  return version;
}

/** Returns the server's current resourceVersion, at the cost of one object. */
export function currentVersion(of: Collection, signal: AbortSignal): Promise<string> {
  return list({ ...of, pageSize: 1 }, () => undefined, signal, { metadataOnly: true, firstPage: true });
}
