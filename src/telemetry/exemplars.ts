/** OpenMetrics exemplars: the latest query in each bucket of the duration histogram, so that a slow bucket names a slow query. */
import { typeName } from '../wire/iana.ts';
import { nameToText, readName } from '../wire/name.ts';
import { durationBounds, durationBucket } from './buckets.ts';
import type { RecordView } from './query-record.ts';
import type { Exemplar } from './registry.ts';
import type { Sample } from './series.ts';

const HISTOGRAM = 'kubezone_dns_request_duration_seconds_bucket';
/** Characters of a name; OpenMetrics allows 128 for all label names and values of an exemplar. */
const NAME_LENGTH = 96;
const bounds = [...durationBounds.map(String), '+Inf'];

export class Exemplars {
  readonly #latest = new Map<string, Exemplar>();

  readonly see = (record: RecordView): void => {
    const { duration } = record;
    // The source under which responder-observer.ts counts the duration.
    const source = record.isLate ? 'forward' : record.sourceName;
    const key = `${record.protoName} ${source} ${bounds[durationBucket(duration)]!}`;
    const name = record.nameLength === 0 ? undefined : readName(record.octets, record.nameAt)?.name;
    const labelSet = { name: name === undefined ? '.' : nameToText(name).slice(0, NAME_LENGTH), type: typeName(record.type) };
    this.#latest.set(key, { labelSet, value: duration / 1000, timestamp: record.time / 1000 });
  };

  readonly of = ({ name, labels, le }: Sample): Exemplar | undefined =>
    name === HISTOGRAM && le !== undefined ? this.#latest.get(`${labels.proto} ${labels.source} ${le}`) : undefined;
}
