const common = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['<rootDir>/test/support/baileys-timers.js'],
  transform: { '^.+\\.ts$': '@swc/jest' },
};

/** @type {import('jest').Config} */
export default {
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/{apps,libs,test}/**/*.spec.ts'] },
    {
      ...common,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.js',
      globalTeardown: '<rootDir>/test/support/global-teardown.js',
    },
  ],
  testTimeout: 60_000,
  // Most of a test is waiting for another process, or for WhatsApp: a core that is kept free for Jest itself would idle.
  maxWorkers: '100%',
  // Modules of a file that is done are not let go of (`--experimental-vm-modules`): a worker that keeps them all comes to
  // spend its time looking for memory. It is replaced by a fresh one, between two files.
  workerIdleMemoryLimit: '1GB',
};
