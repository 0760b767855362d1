import {custom} from '@oclif/core/flags'
import {StreambusError} from '../base/errors.ts'
import {parseGoFloat} from '../base/go-number.ts'

/** A number, such as a probability or a percentage: `0.05`, `5`, `5%`. */
export const numberFlag = custom<number>({
  helpValue: '<number>',
  parse: async (text) => {
    const value = parseGoFloat(text.replace(/\s*%$/, ''))
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw new StreambusError('SB_USAGE', `${JSON.stringify(text)} is not a number.`, {hint: 'Write it as 0.05 or 5.'})
  },
})
