/** Reads options from environment variables, such as `KUBEZONE_CLUSTER_DOMAIN`. An empty variable counts as unset. */
import { nearest } from './nearest.ts';
import { environmentName, type Option } from './option.ts';
import { optionError, splitItems, type Item, type OptionError, type Written } from './written.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'KUBEZONE_';

/**
 * Variables with the prefix that are not options: those that Kubernetes sets in every container of a namespace with a Service named kubezone or
 * kubezone-…, and those that select the cluster of the end-to-end tests.
 */
const foreign = /^KUBEZONE_(E2E_.*|(.*_)?SERVICE_HOST|(.*_)?SERVICE_PORT(_.*)?|(.*_)?PORT(_\d+_(TCP|UDP|SCTP)(_.*)?)?)$/;

export function readEnvironment(environment: Environment, table: readonly Option[]): Written {
  const items = new Map<string, readonly Item[]>();
  const errors: OptionError[] = [];
  const byVariable = new Map(table.map((option) => [environmentName(option.name), option]));
  for (const [variable, text = ''] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || text === '') continue;
    const where = `environment variable ${variable}`;
    const option = byVariable.get(variable);
    if (option !== undefined) {
      const texts = option.many === 'map' ? text.split(';').filter((entry) => entry.trim() !== '') : [text];
      items.set(
        option.name,
        texts.flatMap((entry) => splitItems(option, entry, where)),
      );
    } else if (!foreign.test(variable)) errors.push(unknownVariable(variable, text, where, [...byVariable.keys()]));
  }
  return { items, errors };
}

function unknownVariable(variable: string, text: string, where: string, known: readonly string[]): OptionError {
  const near = nearest(
    variable.slice(PREFIX.length),
    known.map((name) => name.slice(PREFIX.length)),
  );
  return optionError(
    variable,
    where,
    text,
    `there is no such option; ${near === undefined ? 'unset it' : `did you mean ${PREFIX}${near}?`}`,
  );
}
