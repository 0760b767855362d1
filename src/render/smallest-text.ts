import {toFixedEven} from '../base/go-number.ts'

/**
 * The smallest difference, a ratio above 1 either way, in the direction in which the figure moved: `+205.2 %`, or
 * `-67.2 %`, since what falls cannot lose more than all.
 */
export function smallestText(smallest: number, moved: number): string {
  const ratio = moved < 1 ? 1 / smallest : smallest
  return `${ratio < 1 ? '-' : '+'}${toFixedEven(Math.abs(ratio - 1) * 100, 1)} %`
}
