/** Hot reload: which of the freshly loaded options take effect in a running server, and which need a restart. */
import { camelCase } from './option.ts';
import { options as everyOption, type Options } from './options.ts';

export interface Reloaded {
  /** The current options, with the new values of those that are reloadable. */
  readonly options: Options;
  /** Names of the options whose new values took effect. */
  readonly changed: readonly string[];
  /** Names of the options that changed but keep their current values until a restart. */
  readonly needRestart: readonly string[];
}

export function reload(current: Options, fresh: Options): Reloaded {
  const before = current as unknown as Readonly<Record<string, unknown>>;
  const after = fresh as unknown as Readonly<Record<string, unknown>>;
  const different = everyOption.filter(({ name }) => JSON.stringify(before[camelCase(name)]) !== JSON.stringify(after[camelCase(name)]));
  const changed = different.filter((option) => option.reloadable).map((option) => option.name);
  const taken = changed.map((name): [string, unknown] => [camelCase(name), after[camelCase(name)]]);
  return {
    options: Object.freeze({ ...current, ...Object.fromEntries(taken) }),
    changed,
    needRestart: different.filter((option) => !option.reloadable).map((option) => option.name),
  };
}
