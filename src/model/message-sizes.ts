import type {MessageShape, SizeDistribution} from './message-shape.ts'

/** Sizes that vary. Absent or `fixed`, every value has the stated size. */
export type VaryingSizes = Exclude<SizeDistribution, {readonly distribution: 'fixed'}>

/** How the sizes vary; undefined where they do not. */
export function varyingSizes({sizes}: Pick<MessageShape, 'sizes'>): VaryingSizes | undefined {
  return sizes === undefined || sizes.distribution === 'fixed' ? undefined : sizes
}

/** Mean of a distribution in bytes, not rounded; `MessageShape.sizeBytes` is this, rounded. */
export function meanSizeBytes(sizes: VaryingSizes): number {
  switch (sizes.distribution) {
    case 'uniform':
      return (sizes.minBytes + sizes.maxBytes) / 2
    case 'zipf':
      return zipfMean(sizes.minBytes, sizes.maxBytes, sizes.exponent)
    case 'mix': {
      const weight = sizes.parts.reduce((sum, part) => sum + part.weight, 0)
      return sizes.parts.reduce((sum, part) => sum + part.sizeBytes * (part.weight / weight), 0)
    }
  }
}

/** Rank r has the size min + r - 1 and the weight r^-exponent; the sum is taken from the small end of the weights. */
function zipfMean(minBytes: number, maxBytes: number, exponent: number): number {
  let weights = 0
  let weighted = 0
  for (let rank = maxBytes - minBytes + 1; rank >= 1; rank -= 1) {
    const weight = rank ** -exponent
    weights += weight
    weighted += weight * (minBytes + rank - 1)
  }
  return weighted / weights
}

/** Largest value that a workload of this shape sends. */
export function sizeBytesMax(message: Pick<MessageShape, 'sizeBytes' | 'sizes'>): number {
  const sizes = varyingSizes(message)
  if (sizes === undefined) return message.sizeBytes
  return sizes.distribution === 'mix' ? Math.max(...sizes.parts.map((part) => part.sizeBytes)) : sizes.maxBytes
}

/** Width of every key; 0 without keys. */
export function keyBytesOf({keys}: Pick<MessageShape, 'keys'>): number {
  return keys === undefined || keys.distribution === 'none' ? 0 : keys.keyBytes
}
