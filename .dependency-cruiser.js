// Who may import whom (docs/architecture.md): the one table, held by `npm run imports`.

const may = {
  wire: [],
  config: [],
  zone: ['wire'],
  cluster: ['wire', 'zone'],
  kubernetes: ['wire', 'cluster'],
  upstream: ['wire'],
  query: ['wire', 'zone', 'upstream'],
  server: ['wire', 'query'],
  telemetry: ['wire', 'config', 'zone', 'cluster', 'kubernetes', 'upstream', 'query', 'server'],
};
const onlyIn = {
  '@kubernetes/client-node': 'src/kubernetes',
  'prom-client': 'src/telemetry',
  pino: 'src/telemetry',
  koffi: 'src/server',
};
const isTest = '(\\.test\\.ts$|^test/)';

const folderRules = Object.entries(may).map(([folder, allowed]) => ({
  name: `${folder}-imports`,
  comment: `src/${folder} may import ${allowed.length === 0 ? 'nothing of ours' : allowed.join(', ')}; src/clock.ts, src/edit-distance.ts and src/node-modules.ts are free to all.`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^(src|cmd|test)/', pathNot: `^src/(${[folder, ...allowed].join('|')})/|^src/(clock|edit-distance|node-modules)\\.ts$` },
}));
const packageRules = Object.entries(onlyIn).map(([name, folder]) => ({
  name: `only-${folder.replace('/', '-')}-imports-${name.replace(/\W/g, '-')}`,
  severity: 'error',
  from: { pathNot: `^${folder}/|${isTest}` },
  to: { path: `node_modules/${name}/` },
}));

export default {
  forbidden: [
    ...folderRules,
    ...packageRules,
    { name: 'telemetry-is-not-imported', severity: 'error', from: { path: '^src/(?!telemetry/)' }, to: { path: '^src/telemetry/' } },
    { name: 'cmd-is-the-top', severity: 'error', from: { path: '^src/', pathNot: isTest }, to: { path: '^(cmd|test)/' } },
    { name: 'no-tests-in-the-program', severity: 'error', from: { path: '^(src|cmd)/', pathNot: '\\.test\\.ts$' }, to: { path: isTest } },
    { name: 'dns-packet-is-for-tests', severity: 'error', from: { pathNot: isTest }, to: { path: 'node_modules/dns-packet/' } },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'declared', severity: 'error', from: { path: '^(src|cmd)/' }, to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
