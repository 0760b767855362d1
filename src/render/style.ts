/**
 * How a renderer marks meaning; the caller decides whether that becomes colour. Meaning is never in
 * the colour alone: the text says it too.
 */
export interface Style {
  good(text: string): string
  bad(text: string): string
  warn(text: string): string
  dim(text: string): string
  bold(text: string): string
  /** What a line of words may take. */
  readonly columns: number
}

const same = (text: string): string => text

/** No colour: for files, pipes and tests. */
export const plainStyle: Style = {good: same, bad: same, warn: same, dim: same, bold: same, columns: 100}
