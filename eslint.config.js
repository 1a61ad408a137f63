import eslint from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

// Few rules, all errors, no exceptions by comment.
export default tseslint.config(
  {
    ignores: [
      '.cache/**',
      'dist/**',
      'coverage/**',
      'node_modules/**',
      '**/*.mjs',
      '.dependency-cruiser.cjs',
    ],
  },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Settings are read once, in src/config; pass the Config down.',
        },
      ],
      eqeqeq: 'error',
    },
  },
  {
    files: ['web/src/**'],
    ...reactHooks.configs.flat['recommended-latest'],
    rules: {
      ...Object.fromEntries(
        Object.keys(reactHooks.configs.flat['recommended-latest'].rules).map((rule) => [rule, 'error']),
      ),
      // Handlers of events may be async: what they throw is shown by what they call.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
    },
  },
  {
    files: ['eslint.config.js', 'vitest*.config.ts', 'web/vite.config.ts'],
    rules: { 'no-restricted-exports': 'off', '@typescript-eslint/no-deprecated': 'off' },
  },
  {
    files: ['src/main.ts', 'src/cli/**', 'test/**', 'scripts/**', 'bench/**', 'examples/**'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
