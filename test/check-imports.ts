/**
 * Checks the floors: runs dependency-cruiser over the program with `.dependency-cruiser.js`, and
 * proves that the run saw something. A cruiser that cannot parse TypeScript finds no modules, hence
 * no violations, and ends well; so this fails when fewer modules were cruised than there are files,
 * and when violations planted in a copy of the sources go unnoticed.
 */
import {cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {cruise, type ICruiseOptions, type ICruiseResult, type IForbiddenRuleType} from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'

const roots = ['src', 'commands']

interface Configuration {
  readonly forbidden: IForbiddenRuleType[]
  readonly options: ICruiseOptions
}
const configUrl = new URL('../.dependency-cruiser.js', import.meta.url)
const {default: config}: {default: Configuration} = await import(configUrl.href)

/** A rule, and a file that breaks it. */
const planted = [
  {rule: 'floor-base', path: 'src/base/planted.ts', text: "import '../cli/main.ts'\n"},
  {rule: 'floor-load', path: 'src/load/planted.ts', text: "import type {} from '../drivers/planted.ts'\n"},
  {rule: 'floor-drivers', path: 'src/drivers/planted.ts', text: "import '../host/planted.ts'\n"},
  {rule: 'floor-commands', path: 'commands/planted.ts', text: "import '../src/store/store.ts'\n"},
  {rule: 'home-oclif-core', path: 'src/app/planted.ts', text: "import '@oclif/core'\n"},
  {rule: 'home-yaml', path: 'src/host/planted.ts', text: "import 'yaml'\n"},
  {rule: 'known-package', path: 'src/store/planted.ts', text: "import 'typescript'\n"},
  {rule: 'known-folder', path: 'src/attic/planted.ts', text: "import '../attic/planted-too.ts'\n"},
  {rule: 'known-folder', path: 'src/attic/planted-too.ts', text: 'export {}\n'},
  {rule: 'pure', path: 'src/stats/planted.ts', text: "import 'node:fs'\n"},
  {rule: 'no-cycle', path: 'src/model/planted.ts', text: "import './planted-too.ts'\n"},
  {rule: 'no-cycle', path: 'src/model/planted-too.ts', text: "import './planted.ts'\n"},
]

const files = sourceFiles() // before the cruise, so that a file made meanwhile is not missed
const found = await cruiseFrom(process.cwd())
const violations = found.summary.violations.map(({rule, from, to}) => `${rule.name}: ${from} -> ${to}`)
const missed = await missedRules()
const seen = new Set(found.modules.map(({source}) => source))
const unseen = files.filter((path) => !seen.has(path))

for (const line of violations) process.stdout.write(`${line}\n`)
for (const path of unseen) process.stdout.write(`not cruised: ${path}\n`)
for (const rule of missed) process.stdout.write(`planted violation not found: ${rule}\n`)
const failed = violations.length + unseen.length + missed.length
process.stdout.write(`${seen.size} modules, ${violations.length} violations, ${planted.length} planted\n`)
process.exitCode = failed === 0 && files.length > 0 ? 0 : 1

async function cruiseFrom(folder: string): Promise<ICruiseResult> {
  const before = process.cwd()
  process.chdir(folder)
  try {
    const options: ICruiseOptions = {
      ...config.options,
      ruleSet: {forbidden: config.forbidden},
      validate: true,
      preserveSymlinks: true, // the copy's node_modules is a link
    }
    const tsConfig = extractTSConfig(join(before, 'tsconfig.json'))
    const {output} = await cruise(roots, options, undefined, {tsConfig})
    if (typeof output === 'string') throw new Error('dependency-cruiser answered with text')
    return output
  } finally {
    process.chdir(before)
  }
}

/** The planted rules that a cruise over a copy of the sources did not report. */
async function missedRules(): Promise<string[]> {
  const copy = mkdtempSync(join(tmpdir(), 'streambus-imports-'))
  try {
    for (const name of [...roots, 'package.json', 'tsconfig.json']) cpSync(name, join(copy, name), {recursive: true})
    symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'))
    for (const {path, text} of planted) {
      mkdirSync(dirname(join(copy, path)), {recursive: true})
      writeFileSync(join(copy, path), text)
    }
    const {summary} = await cruiseFrom(copy)
    const reported = new Set(summary.violations.map(({rule}) => rule.name))
    return planted.map(({rule}) => rule).filter((rule) => !reported.has(rule))
  } finally {
    rmSync(copy, {recursive: true, force: true})
  }
}

function sourceFiles(): string[] {
  return roots.flatMap((root) =>
    readdirSync(root, {recursive: true, encoding: 'utf8'})
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${root}/${name}`),
  )
}
