/** The direction of imports. A provider knows its own folder, the contract and the shared helpers, nothing else. */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      // The list of screens loads them when they are shown; they may know the list.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import'] } },
    },
    {
      name: 'playground-speaks-http',
      comment: 'What the playground knows of the gateway comes over HTTP.',
      severity: 'error',
      from: { path: '^web/src/' },
      to: { path: '^(src|test|scripts)/' },
    },
    {
      name: 'screens-are-islands',
      comment: 'What two screens need is a part, or a call.',
      severity: 'error',
      from: { path: '^web/src/screens/([^/]+)/' },
      to: { path: '^web/src/screens/', pathNot: '^web/src/screens/$1/' },
    },
    {
      name: 'parts-know-no-screen',
      severity: 'error',
      from: { path: '^web/src/(parts|api|theme)/' },
      to: { path: '^web/src/(screens|app)/', pathNot: '^web/src/app/(session|router)\\.tsx$' },
    },
    {
      name: 'providers-are-islands',
      comment:
        'A provider imports its own folder, the contract, shared helpers; emulators and sketch also the painter.',
      severity: 'error',
      from: { path: '^src/providers/([^/]+)/', pathNot: '(^src/providers/shared/|\\.test\\.ts$)' },
      to: {
        path: '^src/',
        pathNot:
          '^src/(providers/($1|shared)/|providers/(provider|model)\\.ts$|painter/|(errors|slabs)\\.ts$|config/nearest-name\\.ts$)',
      },
    },
    {
      name: 'only-sketch-and-emulators-paint',
      severity: 'error',
      from: {
        path: '^src/providers/',
        pathNot: '(^src/providers/sketch/|emulator|^src/providers/provider\\.ts$|\\.test\\.ts$)',
      },
      to: { path: '^src/painter/' },
    },
    {
      name: 'shared-helpers-know-no-provider',
      severity: 'error',
      from: { path: '^src/providers/shared/' },
      to: {
        path: '^src/',
        pathNot: '^src/(providers/shared/|providers/(provider|model)\\.ts$|painter/|(errors|slabs)\\.ts$)',
      },
    },
    {
      name: 'images-know-no-server',
      severity: 'error',
      from: { path: '^src/images/' },
      to: { path: '^src/(http|cli|mcp|jobs|comparisons)/' },
    },
    {
      name: 'comparisons-stand-on-images',
      comment: 'They use generations and their queue and know nothing of how either is served or worked off.',
      severity: 'error',
      from: { path: '^src/comparisons/' },
      to: { path: '^src/(http|cli|mcp|jobs|providers)/' },
    },
    {
      name: 'modules-stay-below-images',
      severity: 'error',
      from: {
        path: '^src/(catalogue|prompts|credits|files|workspaces|pixels|painter|net|provenance|limits|usage|routing)/',
      },
      to: { path: '^src/(images|comparisons|http|cli|mcp|jobs)/' },
    },
    {
      name: 'limits-stay-low',
      severity: 'error',
      from: { path: '^src/limits/' },
      to: {
        path: '^src/',
        pathNot: '^src/(limits|workspaces|credits|db|config)/|^src/(errors|clock|ids)\\.ts$',
      },
    },
    {
      name: 'provenance-reads-bytes-only',
      severity: 'error',
      from: { path: '^src/provenance/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^src/',
        pathNot:
          '^src/(provenance/|pixels/(xmp|measure|picture-walk|walk-[a-z]+|avif-meta)\\.ts$|errors\\.ts$)',
      },
    },
    {
      name: 'ground-floor',
      severity: 'error',
      from: { path: '^src/(db|config)/' },
      to: { path: '^src/', pathNot: '^src/(db|config|(errors|clock|secret-box|threads)\\.ts$)' },
    },
    {
      name: 'sharp-stays-in-pixels-and-painter',
      severity: 'error',
      from: { path: '^src/', pathNot: '(^src/(pixels|painter)/|\\.test\\.ts$)' },
      to: { path: 'node_modules/sharp' },
    },
    {
      name: 'no-test-code-in-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '(^test/|\\.test\\.ts$)' },
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};
