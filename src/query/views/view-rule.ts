/** A rule that says which namespaces a client sees, and the parser of its text form: `team-a,team-b sees own,shared`. */
import { compileAll, type Compiled, type RuleProblem } from '../compiled.ts';

export interface ViewRule {
  /** Namespaces of clients; `*`: every pod; `?`: a client that is no known pod. */
  readonly clients: readonly string[];
  /** Namespaces they see; `*`: all; `own`: the client's. */
  readonly sees: readonly string[];
}

export function compileViews(rules: readonly string[]): Compiled<readonly ViewRule[], RuleProblem> {
  return compileAll('namespace-views', rules, parseViewRule);
}

export function parseViewRule(text: string): Compiled<ViewRule> {
  const [clients = '', verb, sees = '', ...more] = text.trim().split(/\s+/);
  if (verb !== 'sees' || sees === '' || more.length > 0)
    return { errors: ['the form is NAMESPACE,… sees NAMESPACE,…, such as "team-a sees own,shared"'] };
  const errors = [
    ...wrongIn(clients, ['*', '?']).map(
      (word) => `"${word}" is no namespace, nor "*" for every pod or "?" for a client that is no known pod`,
    ),
    ...wrongIn(sees, ['*']).map((word) => `"${word}" is no namespace, nor "*" for every one or "own" for the client's`),
  ];
  return errors.length > 0 ? { errors } : { value: { clients: clients.split(','), sees: sees.split(',') } };
}

/** Returns the words that are neither special nor a namespace, which is an RFC 1123 label. */
function wrongIn(list: string, special: readonly string[]): string[] {
  return list.split(',').filter((word) => !special.includes(word) && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(word));
}

/** Decides whether a client sees a namespace: any rule for the client that says so is enough. */
export class Visibility {
  readonly #seenBy = new Map<string, ReadonlySet<string>>();

  constructor(rules: readonly ViewRule[]) {
    for (const { clients, sees } of rules) {
      for (const client of clients) this.#seenBy.set(client, new Set([...(this.#seenBy.get(client) ?? []), ...sees]));
    }
  }

  /** `client`: the namespace of the client's pod; undefined if the client is no known pod. */
  sees(client: string | undefined, namespace: string): boolean {
    if (client === undefined) return this.#holds('?', namespace);
    const own = client === namespace;
    return (
      this.#holds(client, namespace) || this.#holds('*', namespace) || (own && (this.#holds(client, 'own') || this.#holds('*', 'own')))
    );
  }

  #holds(client: string, namespace: string): boolean {
    const seen = this.#seenBy.get(client);
    return seen !== undefined && (seen.has(namespace) || seen.has('*'));
  }
}
