import type {Severity} from '../model/finding.ts'

export const severities: readonly Severity[] = ['critical', 'warning', 'info']

export function countPhrase(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Text from a file that anyone may have written: no control character may reach a terminal or start a line. */
export function singleLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}
