/**
 * Runs the steps of a Dockerfile without Docker: each stage is a folder, in which its COPY and RUN instructions are carried out. Commands run
 * this machine's programs, so paths within a stage must be relative to its WORKDIR.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface Stage {
  readonly name: string;
  readonly steps: readonly Step[];
}

export interface Step {
  /** `RUN`, `COPY`, `FROM`, … */
  readonly instruction: string;
  readonly text: string;
}

export function stagesOf(dockerfile: string): readonly Stage[] {
  const lines = dockerfile
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  const steps = lines.flatMap((line): Step[] => {
    const [, instruction, text] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    return instruction === undefined ? [] : [{ instruction, text: text! }];
  });
  const starts = steps.flatMap(({ instruction }, index) => (instruction === 'FROM' ? [index] : []));
  return starts.map((start, index) => ({
    name: / AS (\S+)$/.exec(steps[start]!.text)?.[1] ?? String(index),
    steps: steps.slice(start + 1, starts[index + 1]),
  }));
}

/** Carries out a stage in `folder`/NAME and returns that path; stages it copies from must exist. Commands also get the variables of `environment`. */
export function runStage({ name, steps }: Stage, context: string, folder: string, environment: Readonly<Record<string, string>>): string {
  const root = join(folder, name);
  let work = root;
  const env = { ...process.env, ...environment };
  mkdirSync(root, { recursive: true });
  for (const { instruction, text } of steps) {
    if (instruction === 'WORKDIR') mkdirSync((work = join(root, text)), { recursive: true });
    if (instruction === 'ARG' && text.includes('=')) env[text.split('=')[0]!] ??= text.split('=')[1]!;
    if (instruction === 'COPY') copy(text.split(/\s+/), context, folder, root, work);
    if (instruction === 'RUN') run(text, work, env);
  }
  return root;
}

function copy(words: readonly string[], context: string, folder: string, root: string, work: string): void {
  const stage = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const paths = words.filter((word) => !word.startsWith('--'));
  const target = paths.at(-1)!;
  const to = target.startsWith('/') ? join(root, target) : join(work, target);
  for (const path of paths.slice(0, -1)) {
    const from = stage === undefined ? join(context, path) : join(folder, stage, path);
    // As in Docker, the contents of a folder are copied, and a target that ends with a slash is a folder.
    const into = statSync(from).isDirectory() ? to : target.endsWith('/') ? join(to, basename(path)) : to;
    cpSync(from, into, { recursive: true, filter: (file) => !/\.(test|bench)\.ts$/.test(file) });
  }
}

function run(command: string, cwd: string, env: NodeJS.ProcessEnv): void {
  const { status, stdout, stderr } = spawnSync('sh', ['-e', '-c', command], { cwd, env, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`RUN ${command}\n${stdout}\n${stderr}`);
}
