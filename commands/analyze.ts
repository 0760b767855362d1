import {boolean, option, string} from '@oclif/core/flags'
import {analyzeResults} from '../src/app/analyze-results.ts'
import {describeThresholds} from '../src/app/parse-thresholds.ts'
import {ExitCode} from '../src/base/errors.ts'
import {BaseCommand} from '../src/cli/base-command.ts'
import type {Analysis} from '../src/model/finding.ts'
import {renderAnalysisMarkdown} from '../src/render/analysis-markdown.ts'
import {renderAnalysisText} from '../src/render/analysis-text.ts'

export default class Analyze extends BaseCommand {
  static override summary = 'Say what is wrong in measured results, why it matters, and what to do.'
  static override description =
    `FILE is a results file, text of \`go test -bench\`, or - for stdin. A benchmark is judged by the median of
its valid samples. Exit code 1 means a critical finding, 2 a file that cannot be read.

Thresholds (--threshold NAME=VALUE):
${describeThresholds()}`
  static override examples = [
    '<%= config.bin %> <%= command.id %> --last',
    '<%= config.bin %> <%= command.id %> results/baselines/main.json --format markdown',
    '$ go test -bench . | <%= config.bin %> <%= command.id %> - --threshold p99-max=20ms',
  ]
  static override usage = '<%= command.id %> FILE... [--last] [--format text|json|markdown] [--threshold NAME=VALUE]...'
  static override strict = false // FILE..., each a path or -
  static override flags = {
    last: boolean({summary: 'Analyze the newest results file.'}),
    format: option({options: ['text', 'json', 'markdown'] as const, default: 'text', summary: 'How to print.'})(),
    threshold: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: '<name=value>',
      summary: 'Override a threshold; repeatable.',
    }),
  }

  async run(): Promise<Analysis> {
    const {argv, flags} = await this.parse(Analyze)
    const request = {
      inputs: argv.map(String),
      last: flags.last,
      thresholds: flags.threshold ?? [],
      stdin: process.stdin,
    }
    const analysis = await analyzeResults(request, this.context)
    this.log(this.#render(analysis, flags.format))
    if (analysis.findings.some(({severity}) => severity === 'critical')) this.finishWith(ExitCode.badVerdict)
    return analysis
  }

  #render(analysis: Analysis, format: 'text' | 'json' | 'markdown'): string {
    if (format === 'json') return JSON.stringify(analysis, null, 2)
    return format === 'markdown' ? renderAnalysisMarkdown(analysis) : renderAnalysisText(analysis, this.style)
  }
}
