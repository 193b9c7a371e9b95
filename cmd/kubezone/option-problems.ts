/** Checks of options that are valid by their types: rules that do not compile, files that cannot be read, what this machine cannot fulfil. */
import type { Check, Problem } from '../../src/config/check.ts';
import type { Options } from '../../src/config/options.ts';
import { compileAcl } from '../../src/query/acl/acl.ts';
import { forwardingProblems } from '../../src/query/forwarding-problems.ts';
import { strayBits } from '../../src/query/prefixes.ts';
import { compileViews } from '../../src/query/views/view-rule.ts';
import { cookieSecrets } from './cookie-secrets.ts';
import { machineProblems } from './machine-problems.ts';
import { portProblems } from './port-problems.ts';
import { zoneNames } from './zones-options.ts';

export const optionProblems: Check = (options, unknown) => [
  ...problemsOf(compileAcl(options.acl, servedZones(options, unknown))),
  ...problemsOf(compileViews(options.namespaceViews)),
  ...prefixProblems('forward-allow', options.forwardAllow),
  ...prefixProblems('rate-limit-exempt', options.rateLimitExempt),
  ...cookieSecrets(options).errors.map((problem) => ({ option: 'cookie-secret', problem })),
  ...forwardingProblems(options),
  ...portProblems(options),
  ...machineProblems(options),
];

/** Returns undefined when an option that names zones cannot be read. */
function servedZones(options: Options, unknown: ReadonlySet<string>): ReturnType<typeof zoneNames> | undefined {
  return unknown.has('cluster-domain') || unknown.has('reverse-zones') ? undefined : zoneNames(options);
}

/** `10.0.0.1/8` would silently stand for all of 10.0.0.0/8. */
function prefixProblems(option: string, prefixes: readonly string[]): readonly Problem[] {
  return prefixes.flatMap((text, index) => {
    const problem = strayBits(text);
    return problem === undefined ? [] : { option, index, problem };
  });
}

function problemsOf<One>(compiled: object | { readonly errors: readonly One[] }): readonly One[] {
  return 'errors' in compiled ? compiled.errors : [];
}
