/** Answers the control thread's inquiries about a serving thread, in plain values. */
import { Type, typeFromName } from '../../src/wire/iana.ts';
import { nameFromText, ROOT } from '../../src/wire/name.ts';
import type { DataPlane } from './data-plane.ts';
import { cacheLines, explainServing } from './explain-serving.ts';
import type { Inquiry } from './messages.ts';

export function inquire(plane: DataPlane, inquiry: Inquiry): unknown {
  const { cache } = plane;
  switch (inquiry.kind) {
    case 'cache-inspect':
      return cacheLines(plane, nameFromText(inquiry.name) ?? ROOT);
    case 'cache-flush': {
      const name = nameFromText(inquiry.name ?? '.');
      const zone = nameFromText(inquiry.zone ?? '.');
      if (inquiry.name !== undefined && name !== undefined) return cache.flush({ name });
      return cache.flush(inquiry.zone !== undefined && zone !== undefined ? { zones: [zone] } : { all: true });
    }
    case 'cache-statistics':
      return cache.statistics();
    case 'explain':
      return explainServing(plane, nameFromText(inquiry.name) ?? ROOT, typeFromName(inquiry.type) ?? Type.A);
  }
}
