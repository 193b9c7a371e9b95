/** The type of the first record of an answer that was made here, read without parsing its body. */
import { Source, type Answer } from '../wire/answer.ts';
import { uint16At } from '../wire/integers.ts';

/** Returns 0 for an answer without records, and for one that is not of our zones or a hosts file. */
export function firstType({ source, answers, body }: Answer): number {
  if (answers === 0 || (source !== Source.zone && source !== Source.hosts)) return 0;
  // The owner before it is the question's name, as a compression pointer of two octets.
  return uint16At(body, 2);
}
