/** What a decoder makes of foreign bytes: a value, or the reason why there is none. It never throws. */
export type Decoded<T> = T | Malformed

export interface Malformed {
  readonly malformed: string
}

export function malformed(reason: string): Malformed {
  return {malformed: reason}
}

export function isMalformed<T extends object>(decoded: Decoded<T>): decoded is Malformed {
  return 'malformed' in decoded
}
