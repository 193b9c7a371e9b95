/** `kubezone version`: the versions of the program and of Node. */
import manifest from '../../package.json' with { type: 'json' };
import type { Context } from './command.ts';
import type { Options } from '../../src/config/options.ts';

export const version: string = manifest.version;

export function run(_: Options, { print }: Pick<Context, 'print'>): Promise<number> {
  print(versionLine());
  return Promise.resolve(0);
}

export function versionLine(): string {
  return `kubezone ${version} (Node ${process.version}, ${process.platform} ${process.arch})\n`;
}
