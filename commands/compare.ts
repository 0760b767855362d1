import {addAbortSignal} from 'node:stream'
import {boolean, option, string} from '@oclif/core/flags'
import {compareClassic} from '../src/app/compare-classic.ts'
import {type CompareRequest, compareResults} from '../src/app/compare-results.ts'
import {type ExportedComparison, exportComparison} from '../src/app/export-comparison.ts'
import {resolveGate} from '../src/app/resolve-gate.ts'
import {ExitCode} from '../src/base/errors.ts'
import {BaseCommand} from '../src/cli/base-command.ts'
import {
  type ClassicFlagValues,
  checkExport,
  checkLayout,
  classicFlags,
  gateFlags,
  gateRequestOf,
  githubFlag,
  numberFlag,
} from '../src/cli/compare-flags.ts'
import {tellGithub} from '../src/cli/github-actions.ts'
import type {ClassicComparison} from '../src/model/classic-comparison.ts'
import type {Comparison} from '../src/model/comparison.ts'
import {renderClassicCsv} from '../src/render/classic-csv.ts'
import {renderClassicText} from '../src/render/classic-text.ts'
import {renderComparisonCsv} from '../src/render/comparison-csv.ts'
import {renderGate} from '../src/render/comparison-gate.ts'
import {renderComparisonHtml} from '../src/render/comparison-html.ts'
import {renderComparisonMarkdown} from '../src/render/comparison-markdown.ts'
import {renderComparisonText} from '../src/render/comparison-text.ts'
import {renderPaired} from '../src/render/interleaving.ts'

type Format = 'text' | 'csv' | 'json' | 'markdown' | 'html-fragment'

export default class Compare extends BaseCommand {
  static override summary = 'Say which metrics moved between runs, and how sure that is.'
  static override description =
    `FILE is a results file, the name of a baseline, text of \`go test -bench\`, or - for stdin;
LABEL=FILE names its column. The first column is the baseline. Tables and their warnings are those of benchstat:
medians, an interval that holds at --confidence, and ~ where the difference may be noise.

A gate (--gate, --fail-above, --budget) exits 1 when all of a metric's interval lies beyond its budget; what the
samples cannot tell is undecided, and it says how many more would.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> old=results/a.json new=results/b.json',
    '<%= config.bin %> <%= command.id %> main results/b.json --gate defaults',
    '<%= config.bin %> <%= command.id %> main results/b.json --budget msgs/s=3% --prove-no-regression p99-ns=10%',
    "<%= config.bin %> <%= command.id %> results/b.json --col /size --filter '.unit:msgs/s'",
  ]
  static override usage = '<%= command.id %> [LABEL=]FILE... [--gate FILE] [--format FORMAT]'
  protected override readonly whileStopping = 'reading no further'
  static override strict = false // FILE..., each `path` or `label=path`
  static override flags = {
    format: option({
      options: ['text', 'csv', 'json', 'markdown', 'html-fragment'] as const,
      default: 'text',
      summary: 'How to print; markdown is ready for a pull request.',
    })(),
    export: option({
      options: ['gobench'] as const,
      summary: 'Write what is compared as one benchmark text instead, for benchstat -col input.',
    })(),
    alpha: numberFlag({summary: 'A difference is significant up to this p.', default: 0.05}),
    confidence: numberFlag({summary: 'Level of the intervals.', default: 0.95}),
    filter: string({summary: 'Measurements to keep, such as .unit:p99-ns or /size:1024.', helpGroup: 'GROUPING'}),
    table: string({summary: 'Keys that split tables. [default: .config]', helpGroup: 'GROUPING'}),
    row: string({summary: 'Keys that make a row. [default: .fullname]', helpGroup: 'GROUPING'}),
    col: string({summary: 'Keys that make a column. [default: .file]', helpGroup: 'GROUPING'}),
    ignore: string({summary: 'Keys whose differences do not matter.', helpGroup: 'GROUPING'}),
    correct: option({
      options: ['fdr'] as const,
      summary:
        'Allow for many questions at once (Benjamini-Hochberg) in the verdicts of json, markdown and html-fragment; p and ~ stay.',
    })(),
    strict: boolean({summary: 'Refuse results that were not measured alike, instead of warning.'}),
    'include-invalid': boolean({summary: 'Keep invalid samples, which are left out otherwise.'}),
    ...gateFlags,
    github: githubFlag(),
    ...classicFlags,
  }

  async run(): Promise<Comparison | ClassicComparison | ExportedComparison> {
    const {argv, flags} = await this.parse(Compare)
    checkLayout(flags)
    checkExport(flags)
    if (flags.layout === 'classic') return this.#classic(argv.map(String), flags)
    const {format, alpha, confidence, filter, table, row, col, ignore} = flags
    const query = {alpha, confidence, filter, table, row, col, ignore}
    const gate = await resolveGate(gateRequestOf(flags), confidence, this.context.cwd)
    const request: CompareRequest = {
      ...query,
      inputs: argv.map(String),
      stdin: this.#stdin(),
      gate,
      strict: flags.strict,
      includeInvalid: flags['include-invalid'],
      correct: flags.correct,
      sound: this.jsonEnabled() || flags.github === true || !['text', 'csv'].includes(format),
    }
    if (flags.export !== undefined) return await this.#export(request)
    const comparison = await compareResults(request, this.context)
    for (const problem of comparison.problems) this.logToStderr(problem)
    this.#print(comparison, format)
    for (const warning of comparison.warnings) this.context.warn(warning)
    if (flags.github) for (const line of await tellGithub(comparison, process.env)) this.logToStderr(line)
    if (comparison.gate?.fails === true) this.finishWith(ExitCode.badVerdict)
    return comparison
  }

  /** Reading it ends with Ctrl-C. */
  #stdin(): NodeJS.ReadStream {
    return addAbortSignal(this.context.signal, process.stdin)
  }

  async #classic(inputs: readonly string[], flags: ClassicFlagValues): Promise<ClassicComparison> {
    const {'delta-test': deltaTest, alpha, geomean, split, sort, format, norange} = flags
    const request = {inputs, deltaTest, alpha, geomean: geomean === true, split, sort, stdin: this.#stdin()}
    const comparison = await compareClassic(request, this.context)
    const text = format === 'csv' ? renderClassicCsv(comparison, !norange) : renderClassicText(comparison)
    if (format === 'json') this.log(JSON.stringify(comparison, null, 2))
    else if (text !== '') this.log(text.replace(/\n$/, ''))
    return comparison
  }

  async #export(request: CompareRequest): Promise<ExportedComparison> {
    const exported = await exportComparison(request, this.context)
    const {gobench, labelKey, problems, warnings} = exported
    for (const problem of problems) this.logToStderr(problem)
    this.#logLines(gobench)
    for (const warning of warnings) this.context.warn(warning)
    if (labelKey !== undefined) {
      const other = `beside another file: benchstat -ignore ${labelKey} FILE OTHER`
      this.logToStderr(`The inputs' labels are under the key ${labelKey}: benchstat -col ${labelKey} FILE (${other})`)
    }
    return exported
  }

  #print(comparison: Comparison, format: Format): void {
    if (format === 'csv') {
      const {text, warnings} = renderComparisonCsv(comparison)
      for (const warning of warnings) this.logToStderr(warning)
      this.#logLines(text)
    } else if (format === 'json') this.log(JSON.stringify(comparison, null, 2))
    else if (format === 'markdown') this.#logLines(renderComparisonMarkdown(comparison))
    else if (format === 'html-fragment') this.#logLines(renderComparisonHtml(comparison))
    else this.#logLines(renderComparisonText(comparison))
    if (format === 'text' && comparison.paired !== undefined)
      this.log(`\n${renderPaired(comparison.paired, this.style)}`)
    if (comparison.gate === undefined) return
    const gate = renderGate(comparison.gate, this.style)
    if (format === 'text') this.log(`\n${gate}`)
    else if (format === 'csv') this.logToStderr(gate) // the other formats have it within
  }

  #logLines(text: string): void {
    if (text !== '') this.log(text.replace(/\n$/, ''))
  }
}
