/**
 * A table is missing, damaged or of another version. Nothing is lost: the log is the truth, and a scan of it makes
 * the tables anew.
 */
export class TableDamage extends Error {
  readonly path: string
  readonly position: number // byte in the file

  constructor(path: string, position: number, what: string, cause?: unknown) {
    super(`${path} at byte ${position}: ${what}`, {cause})
    this.name = 'TableDamage'
    this.path = path
    this.position = position
  }
}
