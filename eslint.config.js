// Lint rules: typescript-eslint's strictest, and the project's own law that time and chance are arguments.
import tseslint from 'typescript-eslint';

const clockAndChance = ['Date.now', 'performance.now', 'Math.random'].map((call) => {
  const [object, property] = call.split('.');
  return { object, property, message: `${call} stands only in src/clock.ts and cmd/: take a Clock or a Random as an argument.` };
});

export default tseslint.config(
  { ignores: ['charts/', 'node_modules/', 'dist/', 'coverage/', '.cache/'] },
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js', '.dependency-cruiser.js'] } } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // On bytes, `array[i]!` after a length check is the honest form: noUncheckedIndexedAccess cannot see the check.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-duplicate-imports': ['error', { includeExports: false }],
      'no-restricted-properties': ['error', ...clockAndChance],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'No default exports: a name is found by searching for it.' },
      ],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: ['http', 'http2', 'tls'].map((name) => ({
            name: `node:${name}`,
            message: `Import ${name} from src/node-modules.ts, which says why.`,
            allowTypeImports: true,
          })),
        },
      ],
      eqeqeq: 'error',
    },
  },
  { files: ['src/clock.ts', 'cmd/**', 'test/**', '**/*.test.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    // Spies are methods handed about on purpose, and an async test body may have nothing to wait for.
    files: ['test/**', '**/*.test.ts'],
    rules: {
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-restricted-imports': 'off',
    },
  },
  {
    files: ['**/*.js', '*.config.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
