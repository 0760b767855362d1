import {appendFile} from 'node:fs/promises'
import {StreambusError} from '../base/errors.ts'
import {isOpenBad} from '../compare/gate.ts'
import type {Comparison} from '../model/comparison.ts'
import type {Gate, GateItem, GateRules} from '../model/gate.ts'
import {gateItemText} from '../render/comparison-gate.ts'
import {renderComparisonMarkdown} from '../render/comparison-markdown.ts'

/** What GitHub Actions gives a step: the file of the job summary, and that its annotations are read. */
export interface GithubEnvironment {
  readonly GITHUB_STEP_SUMMARY?: string | undefined
  readonly GITHUB_ACTIONS?: string | undefined
}

/**
 * Adds the comparison to the job summary, where there is one, and gives the lines that annotate the run: an error
 * for what is beyond its budget, or undecided where that fails, else a warning for what is undecided. The runner reads them on either stream. Outside
 * of GitHub Actions one line says that there is nothing to write to. Throws SB_OUTPUT_UNWRITABLE.
 */
export async function tellGithub(comparison: Comparison, environment: GithubEnvironment): Promise<string[]> {
  const {GITHUB_STEP_SUMMARY: summary, GITHUB_ACTIONS: isActions} = environment
  if (summary !== undefined && summary !== '') {
    await appendFile(summary, `${renderComparisonMarkdown(comparison)}\n`).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new StreambusError('SB_OUTPUT_UNWRITABLE', `The job summary ${summary} cannot be written: ${reason}.`, {
        hint: 'GITHUB_STEP_SUMMARY names it; unset it to go without.',
        cause,
      })
    })
  }
  if (isActions === 'true') return annotationsOf(comparison.gate)
  return summary === undefined || summary === ''
    ? ['--github: this is no GitHub Actions job, so nothing was written.']
    : []
}

function annotationsOf(gate: Gate | undefined): string[] {
  return gate === undefined ? [] : gate.items.flatMap((item) => annotationOf(item, gate.rules))
}

function annotationOf(item: GateItem, rules: GateRules): string[] {
  if (item.verdict === 'pass') return []
  const level = item.verdict === 'fail' || isOpenBad(item.budget, rules) ? 'error' : 'warning'
  return [`::${level} title=${property(item.benchmark)}::${data(gateItemText(item))}`]
}

/** The escapes of workflow commands. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
