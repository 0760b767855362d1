/**
 * How many separate episodes reach `threshold`, from the largest value of each slot in time. A slot
 * that reaches it opens an episode, unless the slot before reached it too with a larger value: after
 * a stall the slots fall, one after the other, until its queue is gone, and that is one episode. A
 * tail of independent values rises about every second slot.
 */
export function episodesReaching(slotMax: readonly number[], threshold: number): number {
  let episodes = 0
  let before = Number.NEGATIVE_INFINITY
  for (const value of slotMax) {
    if (value >= threshold && (before < threshold || value > before)) episodes += 1
    before = value
  }
  return episodes
}
