import {Chalk} from 'chalk'
import {plainStyle, type Style} from '../render/style.ts'

/** The part of a stream that decides how to write to it. */
export interface OutputStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

type Env = Readonly<Record<string, string | undefined>>

/**
 * Whether colour and cursor movement may be used: only on a terminal that can, and not with
 * NO_COLOR (https://no-color.org: any non-empty value), CI or TERM=dumb.
 */
export function isRichTerminal(stream: OutputStream, env: Env): boolean {
  if (stream.isTTY !== true || env.TERM === 'dumb') return false
  return (env.NO_COLOR ?? '') === '' && !isOn(env.CI)
}

/** Lines of words are broken to fit the terminal, within what can be read. */
const COLUMNS_MIN = 60
const COLUMNS_MAX = 120

/** Sixteen colours, which every theme of a terminal knows how to show. */
export function styleFor(stream: OutputStream, env: Env): Style {
  const columns = Math.max(COLUMNS_MIN, Math.min(stream.columns ?? plainStyle.columns, COLUMNS_MAX))
  if (!isRichTerminal(stream, env)) return {...plainStyle, columns}
  const chalk = new Chalk({level: 1})
  return {
    good: (text) => chalk.green(text),
    bad: (text) => chalk.red(text),
    warn: (text) => chalk.yellow(text),
    dim: (text) => chalk.dim(text),
    bold: (text) => chalk.bold(text),
    columns,
  }
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}
