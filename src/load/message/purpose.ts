/** What the numbers of one seed are drawn for; each has a stream of its own. */
export const Purpose = {
  sizeColumn: 1,
  sizeCoin: 2,
  keyColumn: 3,
  keyCoin: 4,
  partitionColumn: 5,
  partitionCoin: 6,
  payload: 7,
  calibration: 8,
  look: 9,
} as const
