import {settingDefinitions} from '../../../src/settings/schema.ts'
import {type Kept, placesOf} from '../kept-parts.ts'
import type {Effect, KeyRowSeen} from './key-row.ts'

/** docs/key-effects.md: sentences are fixed, every figure is of the rows. */
export function pageOf(kept: Kept<KeyRowSeen>, repetitions: number): string {
  const parts = settingDefinitions.flatMap(({key}) => (kept[key] === undefined ? [] : [{key, ...kept[key]}]))
  const problems = problemsOf(kept)
  return `# What each key does

<!-- Written by \`npm run bench:keys\`; do not edit. -->

Measured ${placesOf(parts).join('; ')}.
Every key of [the configuration](configuration.md) with a low value against a high one, a fresh broker process for each
measurement, the two in turn (ABBA), ${repetitions} times each unless fewer are named. The stress workload is made so that the key
matters; an effect is the geometric mean of the ratios, or the mean of the differences, of neighbours, high against
low, with its 95 % t interval; the first one named decides. The default workload is \`bench throughput\` as it is
without flags, only shorter (1 KiB x 100, 1 producer, 8 in flight): \`~\` where high and low cannot be told apart.

| Key | Low -> high | Stress workload | Effect, high against low | Default workload |
|---|---|---|---|---|
${parts.flatMap(({rows}) => rows.map(lineOf)).join('\n')}
${problems.length === 0 ? '\nEvery key showed its effect.\n' : `\nNot shown:\n\n${problems.map((problem) => `- ${problem}`).join('\n')}\n`}`
}

/** Keys whose row was not measured, failed, or showed nothing. */
export function problemsOf(kept: Kept<KeyRowSeen>): readonly string[] {
  return settingDefinitions.flatMap(({key}) => {
    const part = kept[key]
    if (part === undefined) return [`\`${key}\`: not measured`]
    if (part.error !== undefined) return [`\`${key}\`: ${part.error}`]
    return part.rows.flatMap(({effects}) => {
      const [first] = effects
      return first?.isShown ? [] : [`\`${key}\`: no effect: ${first?.text ?? 'nothing measured'}`]
    })
  })
}

function lineOf({key, values, workload, effects, usual}: KeyRowSeen): string {
  return `| \`${key}\` | ${values} | ${workload} | ${effects.map(effectCell).join('<br>')} | ${usual} |`
}

function effectCell({text, isShown}: Effect, index: number): string {
  if (isShown) return text
  return index === 0 ? `**not shown**: ${text}` : `${text} (~)`
}
