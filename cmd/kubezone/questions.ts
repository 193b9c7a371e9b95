/** The questions of a comparison: from a file, or for everything that the cluster's zones hold. */
import { ClusterZones } from '../../src/cluster/zones.ts';
import type { Options } from '../../src/config/options.ts';
import { Type, typeFromName, typeName } from '../../src/wire/iana.ts';
import { nameFromText, nameToText, type Name } from '../../src/wire/name.ts';
import { writeQuestion } from '../../src/wire/question.ts';
import type { Context } from './command.ts';
import { knownCluster } from './known-cluster.ts';
import { clusterZonesOptions } from './zones-options.ts';

export interface PlainQuestion {
  readonly name: string;
  readonly type: string;
  /** The query, with id 0. */
  readonly message: Uint8Array;
}

/** All errors of the input. */
export interface Wrong {
  readonly errors: readonly string[];
}

/** Octets accepted over UDP: what passes without fragmentation. */
const PAYLOAD = 1232;

/** Reads lines of `NAME [TYPE]`, the format of dnsperf; the type is A by default. Errors begin with their line's number. */
export function questionsFromText(text: string): readonly PlainQuestion[] | Wrong {
  const errors: string[] = [];
  const questions = text.split('\n').flatMap((line, index) => {
    const [nameText = '', type = 'A', ...rest] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (nameText === '') return [];
    const [name, number] = [nameFromText(nameText), typeFromName(type)];
    const wrong =
      name === undefined
        ? `"${nameText}" is no domain name`
        : number === undefined
          ? `"${type}" is no record type`
          : rest.length > 0
            ? `"${rest.join(' ')}" is too much`
            : undefined;
    if (wrong !== undefined) errors.push(`${index + 1}: ${wrong}; a line is NAME [TYPE], such as web.shop.svc.cluster.local SRV`);
    return wrong === undefined ? [question(name!, number!)] : [];
  });
  return errors.length > 0 ? { errors } : questions;
}

/**
 * Returns every type of every name in the zone given, or in all zones; and both A and AAAA where a name has either, as clients ask for both. The same
 * goes for an alias unless it leads outside: the server of its target may answer differently each time.
 */
export async function questionsOfZones(options: Options, context: Context): Promise<readonly PlainQuestion[] | Wrong> {
  const zones = new ClusterZones(clusterZonesOptions(options));
  if ((await knownCluster(options, context, (update) => zones.apply(update))) === undefined) return [];
  const [only] = context.positionals;
  const wanted = zones.all.filter((zone) => only === undefined || zone.apex === nameFromText(only));
  if (wanted.length === 0)
    return { errors: [`zone ${only} is not served; the zones are ${zones.all.map((zone) => nameToText(zone.apex)).join(', ')}`] };
  return wanted.flatMap((zone) =>
    [...zone.nodes()].flatMap(({ name, rrsets }) => {
      const types = new Set(rrsets.map((rrset) => rrset.type));
      const isFollowed = types.has(Type.CNAME) && zone.lookup(name, Type.A)?.outside === undefined;
      if (types.has(Type.A) || types.has(Type.AAAA) || isFollowed) types.add(Type.A).add(Type.AAAA);
      return [...types].map((type) => question(name, type));
    }),
  );
}

function question(name: Name, type: number): PlainQuestion {
  const message = writeQuestion({ name, type, dnssecOk: false, checkingDisabled: false }, 0, PAYLOAD);
  return { name: nameToText(name), type: typeName(type), message };
}
