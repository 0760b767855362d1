/*
 * The floors of the program, as rules. The two tables below are the one place where a folder's
 * neighbours and a package's home are written down; docs/architecture.md explains them.
 * `npm run check:imports` runs the rules and proves that they bite.
 */

/** Floors 0 to 2: a folder of src -> what else of src it may import; a path may name one file. */
const lowFolders = {
  base: [],
  model: ['base'],
  stats: ['base'],
  protocol: ['base'],
  settings: ['base'],
  broker: ['base', 'protocol', 'settings', 'stats/histogram.ts'],
  drivers: ['base', 'model', 'protocol', 'settings'],
  targets: ['base', 'model', 'protocol', 'settings'],
  load: ['base', 'model', 'stats', 'drivers/driver.ts'],
  host: ['base', 'model', 'stats/histogram.ts'],
  capture: ['base', 'model'],
  captures: ['base', 'model'],
  store: ['base', 'model', 'stats', 'settings'],
  compare: ['base', 'model', 'stats'],
  analyze: ['base', 'model', 'stats', 'captures'],
  tune: ['base', 'model', 'stats', 'settings'],
}
const low = Object.keys(lowFolders)

/** Every folder of src, and commands, which stand on top. */
const folders = {
  ...lowFolders,
  app: low,
  micro: low,
  render: ['base', 'model'],
  cli: [...low, 'app', 'render'],
}
const commandsMayImport = ['base', 'model', 'app', 'render', 'cli']

/** A package of others -> the folders that may import it. What is not listed may not be imported. */
const homes = {
  '@oclif/core': ['src/cli', 'commands'],
  '0x': ['src/app'],
  ajv: ['src/store'],
  chalk: ['src/cli'],
  'cli-table3': ['src/render'],
  'csv-parse': ['src/store'],
  'hdr-histogram-js': ['src/stats'],
  'lz4-napi': ['src/protocol'],
  'pprof-format': ['src/captures'],
  snappy: ['src/protocol'],
  tinybench: ['src/micro'],
  yaml: ['src/settings', 'src/store'],
}

/** Folders that compute and decide, and leave files, sockets and processes to others. */
const pureFolders = ['base', 'model', 'stats', 'protocol', 'compare', 'analyze', 'captures', 'tune', 'render']
const inputOutput =
  '^(node:)?(fs|fs/promises|net|http|https|http2|dgram|tls|child_process|cluster|worker_threads|inspector|inspector/promises|readline)$'

const testFiles = '\\.test\\.ts$|/testing/'
const alternatives = (items) => items.map((item) => item.replaceAll('.', '\\.').replaceAll('/', '\\/')).join('|')
const inSrc = (names) => `^src/(${alternatives(names)})(/|$)`

const floorRules = Object.entries(folders).map(([folder, allowed]) => ({
  name: `floor-${folder}`,
  comment: `src/${folder} may import ${allowed.length === 0 ? 'nothing of ours' : allowed.join(', ')}`,
  severity: 'error',
  from: {path: `^src/${folder}/`, pathNot: testFiles},
  to: {path: '^(src|commands|bin|test)/', pathNot: inSrc([folder, ...allowed])},
}))

const homeRules = Object.entries(homes).map(([name, allowed]) => ({
  name: `home-${name.replace(/^@/, '').replaceAll('/', '-')}`,
  comment: `${name} is imported only in ${allowed.join(', ')}`,
  severity: 'error',
  from: {path: '^(src|commands)/', pathNot: `^(${alternatives(allowed)})/|${testFiles}`},
  to: {path: `^node_modules/${name}/`},
}))

export default {
  forbidden: [
    ...floorRules,
    ...homeRules,
    {
      name: 'floor-commands',
      comment: `commands may import ${commandsMayImport.join(', ')}`,
      severity: 'error',
      from: {path: '^commands/'},
      to: {path: '^(src|bin|test)/', pathNot: inSrc(commandsMayImport)},
    },
    {
      name: 'known-folder',
      comment: 'Every folder of src has its row in the table above',
      severity: 'error',
      from: {},
      to: {path: '^src/', pathNot: inSrc(Object.keys(folders))},
    },
    {
      name: 'known-package',
      comment: 'Every package has its home in the table above',
      severity: 'error',
      from: {path: '^(src|commands)/', pathNot: testFiles},
      to: {path: '^node_modules/', pathNot: `^node_modules/(${alternatives([...Object.keys(homes), '@types'])})/`},
    },
    {
      name: 'pure',
      comment: 'These folders compute; they read and write nothing',
      severity: 'error',
      from: {path: inSrc(pureFolders), pathNot: testFiles},
      to: {dependencyTypes: ['core'], path: inputOutput},
    },
    {
      name: 'one-driver',
      comment: 'A driver is a folder that knows no other driver',
      severity: 'error',
      from: {path: '^src/drivers/([^/]+)/'},
      to: {path: '^src/drivers/[^/]+/', pathNot: '^src/drivers/$1/'},
    },
    {
      name: 'no-test-code',
      comment: 'What ships imports no test',
      severity: 'error',
      from: {path: '^(src|commands)/', pathNot: testFiles},
      to: {path: testFiles},
    },
    {name: 'no-cycle', severity: 'error', from: {}, to: {circular: true}},
    {name: 'resolvable', severity: 'error', from: {}, to: {couldNotResolve: true}},
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    exclude: {path: '^dist'},
    tsConfig: {fileName: 'tsconfig.json'},
    tsPreCompilationDeps: true, // an import of a type is a dependency too
    enhancedResolveOptions: {exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default']},
  },
}
