/** One record without its line end, quoted as Go's `encoding/csv` does. */
export function csvRecord(fields: readonly string[]): string {
  return fields.map(quoted).join(',')
}

function quoted(field: string): string {
  return /[",\r\n]|^\s/u.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}
