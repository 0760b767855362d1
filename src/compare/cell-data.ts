/** The values of one table, row and column, and what differed among the records they came from. */
export class CellData {
  readonly values: number[] = []
  #residue: string | undefined // most cells have one, and a set for each would cost more than their values
  #others: Set<string> | undefined

  addResidue(residue: string): void {
    this.#residue ??= residue
    if (residue === this.#residue) return
    this.#others ??= new Set()
    this.#others.add(residue)
  }

  /** Distinct ones. */
  get residues(): readonly string[] {
    return this.#residue === undefined ? [] : [this.#residue, ...(this.#others ?? [])]
  }
}
