import {custom} from '@oclif/core/flags'
import {StreambusError} from '../base/errors.ts'
import {parseGoFloat} from '../base/go-number.ts'

/** A number, such as a probability: `0.05`. */
export const numberFlag = custom<number>({helpValue: '<number>', parse: async (text) => parseNumber(text)})

/** A percentage, with or without its sign: `5`, `5%`. */
export const percentFlag = custom<number>({
  helpValue: '<percent>',
  parse: async (text) => parseNumber(text.replace(/\s*%$/, '')),
})

function parseNumber(text: string): number {
  const value = parseGoFloat(text)
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new StreambusError('SB_USAGE', `${JSON.stringify(text)} is not a number.`, {hint: 'Write it as 0.05 or 5.'})
}
