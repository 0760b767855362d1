const ESCAPE = '\u001b\\['
/** Cursor up, erase, colour, or a character. */
const WRITTEN = new RegExp(`${ESCAPE}(\\d+)A|${ESCAPE}([JK])|(${ESCAPE}\\d+m)|([\\s\\S])`, 'gu')

/**
 * A terminal of as many rows as it needs, which understands what the progress view writes: text,
 * line breaks, carriage return, cursor up, and erasing to the end of the line or of the screen. A line
 * that reaches the right edge goes on in the next row, and rows are cut anew when the width changes.
 */
export class Screen {
  readonly isTTY = true
  columns: number
  #rows: {text: string; continues: boolean}[] = [{text: '', continues: false}]
  #row = 0
  #column = 0

  constructor(columns: number) {
    this.columns = columns
  }

  /** What stands there, without the blank lines at the end. */
  get lines(): string[] {
    const lines: string[] = []
    this.#rows.forEach(({text}, index) => {
      if (this.#rows[index - 1]?.continues) lines.push(`${lines.pop()}${text}`)
      else lines.push(text)
    })
    while (lines.at(-1) === '') lines.pop()
    return lines
  }

  write(text: string): void {
    for (const [, up, erase, style, char] of text.matchAll(WRITTEN)) {
      if (up !== undefined) this.#row = Math.max(0, this.#row - Number(up))
      else if (erase !== undefined) this.#erase(erase === 'J')
      else if (style === undefined) this.#put(char ?? '')
    }
  }

  /** As terminals do that reflow: the cursor stays at its character. */
  resize(columns: number): void {
    const lines = this.lines
    this.columns = columns
    this.#rows = lines.flatMap((line) => {
      const count = Math.max(1, Math.ceil(line.length / columns))
      return Array.from({length: count}, (_, index) => ({
        text: line.slice(index * columns, (index + 1) * columns),
        continues: index + 1 < count,
      }))
    })
    this.#row = this.#rows.length - 1
    this.#column = this.#rows.at(-1)?.text.length ?? 0
  }

  #erase(toScreenEnd: boolean): void {
    const row = this.#rows[this.#row]!
    this.#rows[this.#row] = {text: row.text.slice(0, this.#column), continues: false}
    if (toScreenEnd) this.#rows.length = this.#row + 1
  }

  #put(char: string): void {
    if (char === '\r') this.#column = 0
    else if (char === '\n') this.#nextRow(false)
    else {
      if (this.#column === this.columns) this.#nextRow(true)
      const {text, continues} = this.#rows[this.#row]!
      const kept = text.padEnd(this.#column)
      this.#rows[this.#row] = {text: kept.slice(0, this.#column) + char + kept.slice(this.#column + 1), continues}
      this.#column += 1
    }
  }

  #nextRow(continues: boolean): void {
    if (continues) this.#rows[this.#row] = {...this.#rows[this.#row]!, continues}
    this.#row += 1
    this.#column = 0
    this.#rows[this.#row] ??= {text: '', continues: false}
  }
}
