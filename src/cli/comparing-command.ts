import {comparisonForRun} from '../app/compare-results.ts'
import {resolveGate} from '../app/resolve-gate.ts'
import {ExitCode, StreambusError} from '../base/errors.ts'
import type {Comparison} from '../model/comparison.ts'
import type {Results} from '../model/results.ts'
import {renderGate} from '../render/comparison-gate.ts'
import {renderComparisonText} from '../render/comparison-text.ts'
import {checkBaselineName} from '../store/baselines.ts'
import {BaseCommand} from './base-command.ts'
import {type GateFlagValues, gateRequestOf} from './compare-flags.ts'
import {tellGithub} from './github-actions.ts'

interface ComparingFlagValues extends GateFlagValues {
  readonly 'save-baseline'?: string | undefined
  readonly compare?: string | undefined
  readonly github?: boolean
  readonly format: 'text' | 'gobench'
}

/** A run that is on disk already. */
interface MeasuredRun {
  readonly results: Results
  readonly path: string
}

/** Commands that measure, and may compare what they measured. */
export abstract class ComparingCommand extends BaseCommand {
  /**
   * Checks and reads before the run all that keeping and comparing it will need; the answer does both. Throws
   * SB_USAGE for a gate with nothing to compare, and what reading throws.
   */
  protected async prepareComparison(
    flags: ComparingFlagValues,
    isInterleaved = false,
  ): Promise<(run: MeasuredRun) => Promise<void>> {
    if (flags['save-baseline'] !== undefined) checkBaselineName(flags['save-baseline'])
    const gate = await resolveGate(gateRequestOf(flags), 0.95, this.context.cwd)
    checkSides(flags, isInterleaved, gate !== undefined)
    const baseline = flags.compare
    const isCompared = baseline !== undefined || (isInterleaved && gate !== undefined)
    const compare = isCompared ? await comparisonForRun({baseline, gate}, this.context) : undefined
    return async (run) => {
      const comparison = compare?.(run.results)
      if (comparison !== undefined) await this.#tell(comparison, flags)
      await this.#keep(run, flags['save-baseline'], comparison?.gate?.fails === true)
    }
  }

  /** Sides in turn are told with the run's own report, so that only the gate is left. Figures for others keep stdout. */
  async #tell(comparison: Comparison, {compare, format, github}: ComparingFlagValues): Promise<void> {
    const isText = format === 'text' && !this.jsonEnabled()
    const print = isText ? (text: string) => this.log(text) : (text: string) => this.note(text)
    if (compare !== undefined && !this.jsonEnabled()) print(`\n${renderComparisonText(comparison).trimEnd()}`)
    if (comparison.gate !== undefined) print(`${isText ? '\n' : ''}${renderGate(comparison.gate, this.style)}`)
    for (const warning of comparison.warnings) this.context.warn(warning)
    if (github) for (const line of await tellGithub(comparison, process.env)) this.note(line)
    if (comparison.gate?.fails === true) this.finishWith(ExitCode.badVerdict)
  }

  async #keep({results, path}: MeasuredRun, name: string | undefined, isBad: boolean): Promise<void> {
    if (name === undefined) return
    if (isBad)
      this.note(`Not saved as baseline ${name}: the gate failed. To keep it: streambus baseline save ${name} ${path}`)
    else this.note(`Saved baseline ${await this.context.store.saveBaseline(name, results)}`)
  }
}

function checkSides({compare, github}: ComparingFlagValues, isInterleaved: boolean, hasGate: boolean): void {
  if (isInterleaved && compare !== undefined) {
    throw new StreambusError('SB_USAGE', '--interleave compares its own two sides; --compare has no meaning with it.', {
      hint: 'Leave one of them out: a gate judges B against A.',
    })
  }
  if (isInterleaved || compare !== undefined || !(hasGate || github === true)) return
  throw new StreambusError('SB_USAGE', 'There is nothing to compare the run with, so a gate cannot judge it.', {
    hint: 'Add --compare NAME (a baseline or a results file), or --interleave A B.',
  })
}
