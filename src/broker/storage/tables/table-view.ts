import type {Levels} from './find-runs.ts'
import type {Table} from './table.ts'
import {compareKeys} from './table-meta.ts'

/**
 * The tables in force at one time. Whoever reads holds the view, and a table stays open as long as a view
 * that it is part of is held.
 */
export class TableView {
  readonly levels: Levels
  readonly #tables: readonly Table[]
  readonly #onUnheld: (table: Table) => void
  #holds = 1 // of the store, while the view is the current one

  constructor(tables: readonly Table[], onUnheld: (table: Table) => void) {
    this.#tables = tables
    this.#onUnheld = onUnheld
    for (const table of tables) table.holds += 1
    const deepest = tables.reduce((level, table) => Math.max(level, table.meta.level), 0)
    this.levels = Array.from({length: deepest + 1}, (_, level) => {
      const own = tables.filter((table) => table.meta.level === level)
      return own.sort((a, b) => (level === 0 ? a.meta.number - b.meta.number : compareKeys(a.meta.first, b.meta.first)))
    })
  }

  hold(): void {
    this.#holds += 1
  }

  release(): void {
    this.#holds -= 1
    if (this.#holds > 0) return
    for (const table of this.#tables) {
      table.holds -= 1
      if (table.holds === 0) this.#onUnheld(table)
    }
  }
}
