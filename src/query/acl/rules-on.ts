/** Which access-control rules can apply to a name, whatever the client: for diagnosis by the operator, not for serving queries. */
import { isWithin, ROOT, type Name } from '../../wire/name.ts';
import type { AclRule } from './acl-rule.ts';

/** Returns the indexes of the rules that match the name and type from some address, up to the first that matches from every address. */
export function rulesOn(rules: readonly AclRule[], zones: readonly Name[], name: Name, type: number): number[] {
  const [zone = ROOT] = zones.filter((one) => isWithin(name, one)).toSorted((a, b) => b.length - a.length);
  const met: number[] = [];
  for (const [index, rule] of rules.entries()) {
    if (rule.types.length > 0 && !rule.types.includes(type)) continue;
    if (rule.zones.length > 0 && !rule.zones.includes(zone)) continue;
    if (rule.names.length > 0 && !rule.names.some((of) => isWithin(name, of))) continue;
    met.push(index);
    if (rule.from.length === 0) break;
  }
  return met;
}
