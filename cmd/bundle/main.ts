/**
 * `npm run bundle [-- FOLDER]`: bundles the program into dist/, or the folder named, to be run by Node alone: `node dist/kubezone.mjs`.
 * Files lie as deep as in the source, so that the program finds other files by the same relative paths.
 */
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { licences } from './licences.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, 'dist'));

const CLIENT = '@kubernetes/client-node';

/** Takes only the kubeconfig reader of the client library, and marks its modules as free of side effects, which it omits: unused ones are dropped. */
const onlyKubeConfig: Plugin = {
  name: 'only-kube-config',
  setup(bundler) {
    bundler.onResolve({ filter: new RegExp(`^${CLIENT}$`) }, () => ({
      path: join(root, 'node_modules', CLIENT, 'dist/config.js'),
      sideEffects: false,
    }));
    bundler.onResolve({ filter: /^\.\.?\// }, ({ path, importer, resolveDir }) =>
      importer.includes(`node_modules/${CLIENT}/`) ? { path: join(resolveDir, path), sideEffects: false } : undefined,
    );
  },
};

const options = {
  absWorkingDir: root,
  entryPoints: ['cmd/kubezone/main.ts'],
  outdir: join(folder, 'cmd/kubezone'),
  outExtension: { '.js': '.mjs' },
  chunkNames: '[name]-[hash]',
  bundle: true,
  // A command, a serving thread, a kubeconfig's plugin: each loads only its own part.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node26',
  treeShaking: true,
  metafile: true,
  logLevel: 'warning',
  legalComments: 'none',
  plugins: [onlyKubeConfig],
  // Shown by `kubezone_build_info`.
  define: { 'process.env.KUBEZONE_REVISION': JSON.stringify(process.env.REVISION ?? '') },
  // CommonJS packages load Node's own modules with `require`.
  banner: { js: "import { createRequire as commonjs } from 'node:module'; const require = commonjs(import.meta.url);" },
} as const satisfies BuildOptions;

rmSync(folder, { recursive: true, force: true });
const { metafile } = await build(options);
// In the image it is also run by name (`kubectl exec POD -- kubezone explain NAME`), and there is no env(1).
writeFileSync(join(folder, 'kubezone.mjs'), "#!/usr/local/bin/node\nimport './cmd/kubezone/main.mjs';\n", { mode: 0o755 });
cpSync(join(root, 'deploy/example'), join(folder, 'deploy/example'), { recursive: true });
writeFileSync(join(folder, 'LICENCES.txt'), licences(root, Object.keys(metafile.inputs)));
copyNativeKoffi();
process.stdout.write(`${folder}\n`);

/** Copies koffi's native code, for each architecture that is installed, to where koffi looks for it. */
function copyNativeKoffi(): void {
  const from = join(root, 'node_modules/@koromix');
  for (const name of existsSync(from) ? readdirSync(from) : []) {
    if (!name.startsWith('koffi-linux-')) continue;
    const to = join(folder, 'node_modules/@koromix', name);
    mkdirSync(to, { recursive: true });
    cpSync(join(from, name), to, { recursive: true, filter: (path) => !path.endsWith('.md') });
    process.stdout.write(`${name} ${(JSON.parse(readFileSync(join(to, 'package.json'), 'utf8')) as { version: string }).version}\n`);
  }
}
